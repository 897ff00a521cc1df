import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PULSE_MS_MAX } from "../../hal/relay/index.ts";
import { FakeTools } from "../hal/gpio/fake-tools.ts";
import { until } from "../hal/socket-radio/rig.ts";
import { User, type CarProcess, type Running } from "./programs.ts";
import { describeWithSerial } from "./serial.ts";

/** A configuration of one door on the relay board at `path`. */
function configOf(user: User, kind: string, path: string): string {
  const file = user.path("car.json");
  writeFileSync(file, JSON.stringify({
    vehicle: { latches: [{ id: "driverDoor", kind: "door", vssPath: "Vehicle.Cabin.Door.Row1.DriverSide", feedback: "none", onPowerLoss: "stays" }] },
    pi: { relay: { kind, path }, latches: [{ latch: "driverDoor", lockChannel: 1, unlockChannel: 2 }] },
  }));
  return file;
}

const startPi = (user: User, config: string, environment: NodeJS.ProcessEnv = {}): Promise<CarProcess> => user.startCar("car.flash", ["--board", "pi", "--config", config], environment);
const keyOf = (user: User, car: CarProcess) => async (...args: readonly string[]) => user.run(["key", ...args, "--file", user.path("anna"), "--via", car.via, "--json"]);
const story = (device: Running): readonly string[] => device.events.filter(({ event }) => event !== "ready").map((event) => (event["event"] === "relay" ? `${String(event["channel"])} ${event["on"] === true ? "on" : "off"}` : `${String(event["event"])} ${String(event["position"])}`));

async function startDevice(user: User, kind: string, ...more: readonly string[]): Promise<Running> {
  const device = user.start(["device", "relay", "--kind", kind, "--link", user.path("relay"), ...more]);
  await until(() => device.events.length > 0);
  return device;
}

async function claim(user: User, car: CarProcess): Promise<void> {
  await user.run(["key", "init", "--name", "anna", "--file", user.path("anna"), "--json"]);
  const { json } = await user.run(["car", "claim", "--flash", user.path("car.flash"), "--json"]);
  const paired = await user.run(["key", "pair", "--label", "van", "--file", user.path("anna"), "--via", car.via, "--json"], `${String(json["uri"])}\n`);
  expect([paired.code, paired.json["ok"]], paired.stderr).toEqual([0, true]);
}

const troubles = (car: CarProcess): readonly string[] => car.events.filter(({ event }) => event === "trouble").map(({ text }) => String(text));

describeWithSerial("a car on a relay board, device, car and key each a process of its own", () => {
  it.each(["modbus", "lcus"])("is claimed, and a key's unlock moves the bolt by the relays of a %s board", async (kind) => {
    const user = new User();
    const device = await startDevice(user, kind);
    const car = await startPi(user, configOf(user, kind, user.path("relay")));
    await until(() => troubles(car).some((text) => text.includes("the line is open")));
    await claim(user, car);
    const key = keyOf(user, car);
    const unlocked = await key("unlock");
    expect([unlocked.code, unlocked.json["ok"], unlocked.json["latches"]], unlocked.stderr).toEqual([0, true, { driverDoor: "unconfirmed" }]);
    await until(() => device.events.at(-1)?.["event"] === "relay" && device.events.at(-1)?.["on"] === false);
    expect(story(device)).toEqual(["2 on", "bolt unlocked", "2 off"]);
    expect((await key("lock")).code).toBe(0);
    await until(() => story(device).length === 6);
    expect(story(device).slice(3)).toEqual(["1 on", "bolt locked", "1 off"]);
    expect(await car.stop()).toBe(0);
    expect(await device.stop()).toBe(0);
  });

  it.each(["tesla", "own"])("takes a key card of the type %s at its reader: enrolled by an owner, it moves the bolt with no phone at all", async (type) => {
    const user = new User();
    const device = await startDevice(user, "modbus");
    const reader = user.start(["device", "pn532", "--link", user.path("reader")]);
    await until(() => reader.events.length > 0);
    const config = configOf(user, "modbus", user.path("relay"));
    const whole = JSON.parse(readFileSync(config, "utf8")) as { pi: object };
    Object.assign(whole.pi, { readers: [{ kind: "pn532", path: user.path("reader"), place: "outside" }] });
    writeFileSync(config, JSON.stringify(whole));
    const car = await startPi(user, config);
    await until(() => troubles(car).some((text) => text.includes("the line is open")));
    await claim(user, car);
    const notes = (): string[] => car.events.filter(({ event }) => event === "note").map(({ who, what, outcome, why }) => [who, what, outcome, why].map(String).join(" "));
    const adding = user.run(["key", "card", "add", "wallet", "--file", user.path("anna"), "--via", car.via, "--json"]);
    await until(() => notes().some((text) => text.includes("waits for the card of wallet")));
    reader.say(`tap ${type}`);
    const added = await adding;
    expect([added.code, added.json["name"]], added.stderr).toEqual([0, "wallet"]);
    // A card that was served has to leave before the next tap counts.
    const seenEmpty = reader.events.filter(({ event }) => event === "empty").length;
    reader.say("remove");
    await until(() => reader.events.filter(({ event }) => event === "empty").length > seenEmpty);
    reader.say(`tap ${type}`);
    await until(() => story(device).length === 3);
    expect(story(device)).toEqual(["2 on", "bolt unlocked", "2 off"]);
    expect(notes()).toContain("wallet unlock done tapped");
    expect(await car.stop()).toBe(0);
  });

  it("lets the relay go on SIGTERM in the middle of a pulse", async () => {
    const user = new User();
    const device = await startDevice(user, "modbus");
    const config = configOf(user, "modbus", user.path("relay"));
    const whole = JSON.parse(readFileSync(config, "utf8")) as { vehicle: { latches: Record<string, unknown>[] } };
    Object.assign(whole.vehicle.latches[0]!, { pulseMs: PULSE_MS_MAX, answerTimeoutMs: PULSE_MS_MAX });
    writeFileSync(config, JSON.stringify(whole));
    const car = await startPi(user, config);
    await until(() => troubles(car).some((text) => text.includes("the line is open")));
    await claim(user, car);
    const asked = keyOf(user, car)("unlock");
    await until(() => story(device).includes("2 on"));
    expect(await car.stop()).toBe(0);
    await until(() => story(device).includes("2 off"));
    await asked;
    await device.stop();
  });

  it("tells the key of a failure when the board that should confirm is deaf, and works again when it hears", async () => {
    const user = new User();
    let device = await startDevice(user, "modbus", "--fault", "deaf");
    const car = await startPi(user, configOf(user, "modbus", user.path("relay")));
    await until(() => troubles(car).some((text) => text.includes("the line is open")));
    await claim(user, car);
    const key = keyOf(user, car);
    const failed = await key("unlock");
    expect([failed.code, failed.json["latches"]]).toEqual([1, { driverDoor: "jammed" }]);
    await device.stop();
    await until(() => troubles(car).some((text) => text.includes("lost")));
    device = await startDevice(user, "modbus");
    await until(() => troubles(car).filter((text) => text.includes("the line is open")).length === 2);
    expect((await key("unlock")).code).toBe(0);
    await until(() => story(device).includes("bolt unlocked"));
    await car.stop();
    await device.stop();
  });

  it("starts without its board, which is waited for, and not at all without a configuration", async () => {
    const user = new User();
    const config = configOf(user, "modbus", user.path("relay"));
    const car = await startPi(user, config);
    await until(() => troubles(car).some((text) => text.includes("lost")));
    expect(await car.stop()).toBe(0);
    const none = await user.run(["car", "run", "--no-tui", "--json", "--board", "pi", "--flash", user.path("other.flash")]);
    expect([none.code, none.json["ok"]]).toEqual([1, false]);
    expect(none.stdout + none.stderr).toContain("--config");
  });
});

describeWithSerial("a Modbus client that is not ours, mbpoll of Debian,", () => {
  const isThere = spawnSync("mbpoll", ["-V"]).error === undefined;
  it.skipIf(!isThere)("switches relays of the virtual board, and is told of a coil that it does not have", async () => {
    const user = new User();
    const device = await startDevice(user, "modbus");
    const write = (coil: number, value: number) => spawnSync("mbpoll", ["-m", "rtu", "-a", "1", "-b", "9600", "-P", "none", "-t", "0", "-0", "-r", String(coil), user.path("relay"), String(value)], { encoding: "utf8" });
    for (const [coil, value] of [[1, 1], [1, 0], [3, 1]] as const) expect(write(coil, value).stdout).toContain("Written 1 references");
    expect(write(9, 1).stderr).toContain("Illegal data address");
    await until(() => story(device).length === 3);
    expect(story(device)).toEqual(["2 on", "2 off", "4 on"]);
    await device.stop();
  });
});

describeWithSerial("a car with a bolt sensor", () => {
  it("answers what the sensor says, and not what the relay does", async () => {
    const user = new User();
    const gpio = new FakeTools(2, "1");
    const device = await startDevice(user, "modbus");
    const config = configOf(user, "modbus", user.path("relay"));
    const whole = JSON.parse(readFileSync(config, "utf8")) as { vehicle: { latches: Record<string, unknown>[] }; pi: Record<string, unknown> };
    Object.assign(whole.vehicle.latches[0]!, { feedback: "endStop", answerTimeoutMs: 5_000, attemptsMax: 1 });
    whole.pi["inputs"] = { lines: [{ line: 13, kind: "bolt", latch: "driverDoor" }] };
    writeFileSync(config, JSON.stringify(whole));
    const car = await startPi(user, config, { PATH: `${gpio.folder}:${process.env["PATH"]}` });
    await until(() => troubles(car).some((text) => text.includes("the line is open")));
    await claim(user, car);
    const asked = keyOf(user, car)("unlock");
    await until(() => story(device).includes("bolt unlocked"));
    expect(story(device)).not.toContain("1 on");
    gpio.edges("2 13 100.000000000");
    const unlocked = await asked;
    expect([unlocked.code, unlocked.json["latches"]]).toEqual([0, { driverDoor: "unlocked" }]);
    await car.stop();
    await device.stop();
  });
});
