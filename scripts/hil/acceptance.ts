import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_DRIVER } from "../../hal/ble/index.ts";
import { run, runScript, start, type Ended, type Running } from "./step.ts";
import { teslaAcceptance } from "./tesla-acceptance.ts";

/**
 * The suite of the radio between real processes on two Bluetooth adapters of one machine: a car on one, keys and strangers on the other.
 * Prints a line a step with its seconds, and closes with how many passed and failed; the first failure ends it.
 *
 * Usage: node dist/scripts/hil/acceptance.js --car hci0 --key hci1 [--suite whole|tesla|latency] [--driver abandonware|stoprocent] [--tesla-control PROGRAM [--tesla hci2]]
 */
const { values } = parseArgs({ options: { car: { type: "string", default: "hci0" }, key: { type: "string", default: "hci1" }, cycles: { type: "string", default: "50" }, suite: { type: "string", default: "whole" }, driver: { type: "string", default: DEFAULT_DRIVER }, "tesla-control": { type: "string", default: "" }, tesla: { type: "string" } } });

const home = mkdtempSync(join(tmpdir(), "latchkey-hil-"));
const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", XDG_RUNTIME_DIR: join(home, "run"), XDG_STATE_HOME: join(home, "state"), XDG_DATA_HOME: join(home, "data") };
mkdirSync(env["XDG_RUNTIME_DIR"]!, { mode: 0o700 });
const DRIVER = ["--driver", values.driver];
const VIA = ["--via", `ble:${values.key}`, ...DRIVER];

let car: Running | undefined;
let radio: Running | undefined;
let passed = 0;
let failed = 0;
try {
  await (values.suite === "latency" ? latency() : values.suite === "tesla" ? tesla() : suite());
} catch (fault) {
  failed++;
  console.log(`FAILED ${(fault as Error).message}`);
  if (car !== undefined) console.log(`the car said:\n${car.output()}`);
  if (radio !== undefined) console.log(`the radio said:\n${radio.output()}`);
} finally {
  for (const running of [car, radio]) running?.process.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
}
console.log(`hil: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Figures alone: unlocks beside a bare round trip on the same rig. */
async function latency(): Promise<void> {
  await startPaired();
  await step("bare round trips", () => stranger("roundtrip", []));
  await step("unlocks", () => owner("latency", ["--file", join(home, "anna")]));
}

/** The Tesla dialect alone. */
async function tesla(): Promise<void> {
  await startPaired();
  await stopCar();
  await speaksTesla();
}

function speaksTesla(): Promise<void> {
  const program = values["tesla-control"];
  return teslaAcceptance({
    home,
    env,
    adapter: values.key,
    control: program === "" ? undefined : { program, adapter: values.tesla ?? values.key },
    step,
    startCar: async (options) => {
      await startCar(options);
      return car!;
    },
    stopCar,
    anna: (args) => done(key("anna", [...args, ...VIA])),
    stranger,
  });
}

async function startPaired(): Promise<void> {
  await step("the car starts, its radio in a process of its own", () => startCar());
  await step("a key pairs with the code on the console", async () => {
    await done(key("anna", ["init", "--name", "anna"]));
    const { answer } = await done(run(["car", "claim"], env));
    await done(key("anna", ["pair", "--label", "camper", ...VIA], `${String(answer["uri"])}\n`));
  });
}

async function suite(): Promise<void> {
  await startPaired();
  await step("it unlocks cold", () => does("anna", ["unlock"], "full"));
  await step("it locks warm, by a ticket", () => does("anna", ["lock"], "fast"));
  await step("the cloud is gone, and it unlocks", async () => {
    await done(run(["world", "cloud", "gone"], env));
    await does("anna", ["unlock"]);
  });
  await step("it opens the trunk and releases the drive", async () => {
    await does("anna", ["trunk"]);
    await does("anna", ["drive"]);
  });
  await step("a guest whom the car has never heard of unlocks by the grant he carries", async () => {
    await done(key("ben", ["init", "--name", "ben"]));
    const { answer } = await done(key("ben", ["invite"]));
    const shared = await done(key("anna", ["share", "--to", String(answer["invitation"]), "--uses", "5"]));
    await done(key("ben", ["accept"], `${String(shared.answer["grant"])}\n`));
    await does("anna", ["lock"]);
    await does("ben", ["unlock"]);
  });
  await step("revoked, the guest is refused", async () => {
    await done(key("anna", ["revoke", "ben", ...VIA]));
    const refused = await key("ben", ["unlock", ...VIA]);
    if (refused.code !== 1 || refused.answer["reason"] !== "grantRevoked") throw new Error(`the guest got ${refused.code} ${JSON.stringify(refused.answer)}`);
  });
  await step("the log tells who did what, and verifies", async () => {
    const { answer } = await done(key("anna", ["log", ...VIA]));
    const text = JSON.stringify(answer);
    for (const word of ["anna is the owner", "guest ben", "grantRevoked"]) if (!text.includes(word)) throw new Error(`the log lacks "${word}": ${text}`);
  });
  await step("its radio is killed, and the owner is served again with no hand laid on the machine", async () => {
    process.kill(radioPid(), "SIGKILL");
    await does("anna", ["unlock"]);
  });
  await step("the car is killed and started again, and knows its owner", async () => {
    car!.process.kill("SIGKILL");
    await car!.ended;
    await startCar();
    await does("anna", ["lock"], "full");
  });
  await step("the car holds no right at all, and its radio, started apart, CAP_NET_ADMIN alone", async () => {
    await stopCar();
    car = start(["car", "--radio", "external", "--no-tui"], env, []);
    await car.said("ready on");
    const socket = /ready on ([^,]+),/.exec(car.output())![1]!;
    radio = start(["radio", "--attach", socket, "--adapter", values.car, ...DRIVER], env, ["+net_admin"]);
    await does("anna", ["unlock"]);
    await stopCar();
    const code = await radio.ended;
    if (code !== 0) throw new Error(`the radio ended with ${code} when its car was gone:\n${radio.output()}`);
    await startCar();
  });
  await disturbances();
  await step(`${values.cycles} times connected, unlocked or locked, and disconnected, nothing is left behind`, () => owner("cycles", ["--file", join(home, "anna"), "--count", values.cycles]));
  await step("the car stops when it is told to", stopCar);
  await speaksTesla();
}

/** What phones and strangers do to a radio; after each the owner is served. */
async function disturbances(): Promise<void> {
  const anna = ["--file", join(home, "anna")];
  await step("a phone that leaves the MTU at 23 unlocks and locks, 20 bytes at a time", () => owner("mtu23", anna));
  await step("a link cut off after each packet of an unlock costs no more than that attempt", () => owner("cuts", anna));
  await step("four phones come and go", async () => {
    const guests = ["carl", "dora", "emil"];
    for (const guest of guests) {
      await done(key(guest, ["init", "--name", guest]));
      const { answer } = await done(key(guest, ["invite"]));
      const shared = await done(key("anna", ["share", "--to", String(answer["invitation"]), "--uses", "9"]));
      await done(key(guest, ["accept"], `${String(shared.answer["grant"])}\n`));
    }
    await owner("phones", [...anna, ...guests.flatMap((guest) => ["--file", join(home, guest)])]);
  });
  await step("an unlock, replayed by a stranger from each of its frames on, moves nothing", async () => {
    const frames = ["--frames", join(home, "frames")];
    await owner("record", [...anna, ...frames]);
    await stranger("replay", frames);
    const { answer } = await done(key("anna", ["status", ...VIA]));
    const open = Object.entries(answer["signals"] as Record<string, unknown>).filter(([path, value]) => path.endsWith("IsLocked") && value === false);
    if (open.length > 0) throw new Error(`unlocked: ${JSON.stringify(open)}`);
  });
  for (const [act, name] of [
    ["malformed", "malformed packets, one stranger each, end nothing but their senders' links"],
    ["garbage", "a stranger who writes too much, too fast and to the wrong places is dropped"],
    ["vanish", "a stranger who subscribes and vanishes keeps nobody out for long"],
    ["hold", "a stranger who holds the connection and says nothing is dropped"],
  ] as const) {
    await step(`${name}; the owner is served`, async () => {
      await stranger(act, []);
      await servedAgain();
    });
  }
  await step("its radio hangs, and the owner is served again with no hand laid on the machine", async () => {
    process.kill(radioPid(), "SIGSTOP");
    await car!.said("no sign of life");
    await servedAgain();
  });
}

/** The owner gets in with one command or, where a stranger left the radio busy, with the next. */
async function servedAgain(): Promise<void> {
  const startMs = performance.now();
  const first = await key("anna", ["lock", ...VIA]);
  if (first.code !== 0) await does("anna", ["lock"]);
  console.log(`   the owner was served ${((performance.now() - startMs) / 1000).toFixed(1)} s later, ${first.code === 0 ? "at the first attempt" : "at the second attempt"}`);
}

async function owner(act: string, args: readonly string[]): Promise<void> {
  console.log(indented(await runScript("owner", ["--adapter", values.key, "--act", act, ...args], env)));
}

async function stranger(act: string, args: readonly string[]): Promise<void> {
  console.log(indented(await runScript("stranger", ["--adapter", values.key, "--act", act, ...args], env)));
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "   ");
}

async function step(name: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  try {
    await work();
  } catch (fault) {
    throw new Error(`${name}: ${(fault as Error).message}`);
  }
  passed++;
  console.log(`ok ${passed} ${name} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
}

async function startCar(options: readonly string[] = []): Promise<void> {
  car = start(["car", "--radio", "ble", "--adapter", values.car, ...DRIVER, "--no-tui", ...options], env);
  await car.said("ready on Bluetooth");
}

async function stopCar(): Promise<void> {
  car!.process.kill("SIGTERM");
  const code = await car!.ended;
  if (code !== 0) throw new Error(`the car ended with ${code}`);
  car = undefined;
}

function key(file: string, args: readonly string[], input?: string): Promise<Ended> {
  return run(["key", ...args, "--file", join(home, file)], env, input);
}

async function done(running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  if (ended.code !== 0) throw new Error(`exit ${ended.code}: ${ended.stderr} ${JSON.stringify(ended.answer)}`);
  return ended;
}

async function does(file: string, args: readonly string[], path?: "full" | "fast"): Promise<void> {
  const { answer } = await done(key(file, [...args, ...VIA]));
  if (path !== undefined && answer["path"] !== path) throw new Error(`it went the ${String(answer["path"])} path`);
}

/** The process id of the car's radio: its only child. */
function radioPid(): number {
  const pid = car!.process.pid!;
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  if (child === undefined || child === "") throw new Error("the car has no radio process");
  return Number(child);
}
