import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { until } from "../hal/socket-radio/rig.ts";
import { Garage, MODEL, nextVersion, QUICK } from "./garage.ts";
import { User, type Running } from "./programs.ts";
import { describeWithSerial } from "./serial.ts";

const DOOR = { id: "driverDoor", kind: "door", vssPath: "Vehicle.Cabin.Door.Row1.DriverSide", feedback: "none", onPowerLoss: "stays" };

/** Relay board, card reader and receiver, each a process with a pseudo-terminal, and a car under the boot loader that has them all. */
async function openGarage() {
  const user = new User();
  const device = async (kind: string, ...more: readonly string[]): Promise<Running> => {
    const running = user.start(["device", kind, "--link", user.path(kind), ...more]);
    await running.heard(({ event }) => event === "ready");
    return running;
  };
  const [relay, reader, gps] = [await device("relay", "--kind", "modbus"), await device("pn532"), await device("gps")];
  const config = user.path("car.json");
  writeFileSync(config, JSON.stringify({
    vehicle: { latches: [DOOR] },
    update: { model: MODEL },
    pi: {
      relay: { kind: "modbus", path: user.path("relay") },
      latches: [{ latch: "driverDoor", lockChannel: 1, unlockChannel: 2 }],
      immobiliserChannel: 3,
      readers: [{ kind: "pn532", path: user.path("pn532"), place: "outside" }],
      gps: { path: user.path("gps") },
    },
  }));
  const garage = await Garage.opened(QUICK, ["--board", "pi", "--config", config], user);
  return { garage, relay, reader, gps };
}

describeWithSerial("a car on relays, card reader and receiver, under the boot loader, each a process of its own", () => {
  it("does the whole story with no network at all: card, PIN, drive, place", { timeout: 120_000 }, async () => {
    const { garage, relay, reader, gps } = await openGarage();
    const { user, car } = garage;
    const key = (args: readonly string[], stdin = "") => user.run(["key", ...args, "--via", garage.car.via, "--json"], stdin);
    const bolt = (): readonly unknown[] => relay.events.filter(({ event }) => event === "bolt").map(({ position }) => position);
    await garage.opens();
    expect(bolt()).toEqual(["unlocked", "locked"]);

    const adding = key(["card", "add", "wallet"]);
    await car.heard(({ why }) => String(why).includes("waits for the card of wallet"));
    reader.say("tap tesla");
    expect((await adding).json).toMatchObject({ ok: true, name: "wallet" });
    const isEmpty = ({ event }: Readonly<Record<string, unknown>>): boolean => event === "empty";
    const seenEmpty = reader.events.filter(isEmpty).length;
    reader.say("remove");
    await reader.heard(isEmpty, seenEmpty + 1);
    reader.say("tap tesla");
    await until(() => bolt().length === 3);
    expect(bolt()[2]).toBe("unlocked");

    expect((await key(["pin", "set"], "4711\n")).json["ok"]).toBe(true);
    expect((await key(["drive"])).json).toMatchObject({ ok: false, reason: "pinRequired" });
    expect((await key(["pin", "enter"], "4711\n")).json["ok"]).toBe(true);
    expect((await key(["drive"])).json["ok"]).toBe(true);
    await relay.heard(({ event, channel, on }) => event === "relay" && channel === 3 && on === true);

    gps.say("move -33.85834 151.20876");
    let place: unknown;
    await until(() => place !== undefined || (void key(["locate"]).then(({ json }) => {
      const signals = json["signals"] as Record<string, number> | undefined;
      if (Math.abs((signals?.["Vehicle.CurrentLocation.Latitude"] ?? 0) + 33.85834) < 1e-4) place = signals;
    }), false));
    expect(place).toMatchObject({ "Vehicle.CurrentLocation.Longitude": expect.closeTo(151.20876, 4) });
    expect(await car.stop()).toBe(0);
  });

  it("undoes an update that crashes, keeps one that proves itself, and moves the bolt after both", { timeout: 120_000 }, async () => {
    const { garage, relay } = await openGarage();
    const moved = (): number => relay.events.filter(({ event }) => event === "bolt").length;
    await garage.install(await garage.make("throw new Error('bad release');\n"));
    await garage.car.heard(({ event }) => event === "boot.rolledBack");
    await garage.car.heard(({ what, why }) => what === "update" && String(why).includes("rolled back"));
    await garage.opens();
    expect(moved()).toBe(2);
    await garage.install(await garage.make(nextVersion(), { sequence: 3 }));
    await garage.car.heard(({ what, why }) => what === "update" && String(why).includes("confirmed"));
    await garage.opens();
    expect(moved()).toBe(4);
    expect(await garage.car.stop()).toBe(0);
  });
});
