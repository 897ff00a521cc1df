import { parseAddress } from "../config/listen.ts";
import { figure, type Figure } from "./figure.ts";
import { p99Ratio, type Turn } from "./interval.ts";
import { LivePhone } from "./live-phone.ts";
import { BenchHome, type Program } from "./live-programs.ts";

const FAULTS = ["flood", "hang", "gone"] as const;
/** Unlocks of a block; a turn has two blocks of each car. 5,000 unlocks each, in enough turns to draw from. */
const BLOCK_COUNT = 25;
const TURN_COUNT = 100;
/** Until the just-in-time compiler has seen what a car does. */
const WARM_UP_COUNT = 300;
const PASSWORD = "only for the bench";

/**
 * No network, no difference, by a real clock: `latchkey car` without an uplink (A) and with one (B), each a process, its flash a file, reached
 * over loopback by turns A-B-B-A. B's uplink is a process, too; its cloud, a third, fails. A figure is B's 99th percentile of fast unlocks, in
 * ms from reaching for the car to the confirmed reply, over A's. What a failing cloud takes from the machine it takes from both cars.
 */
export async function benchLive(): Promise<readonly Figure[]> {
  const home = new BenchHome();
  try {
    const cloud = home.start("cloud", "run", "--data", "memory", "--listen", "127.0.0.1:0");
    const { address } = await ready(cloud);
    const cloudUrl = String(address);
    await pairedCar(home, "a");
    await pairedCar(home, "b");
    await registered(home, "b", cloudUrl);
    const figures: Figure[] = [];
    for (const fault of FAULTS) {
      process.stderr.write(`  the cloud: ${fault} ...\n`);
      const turns = await turnsUnder(home, fault, cloudUrl);
      const { a, b, low, high } = p99Ratio(turns, `live ${fault}`);
      figures.push({ ...figure(`live.${fault}.unlock.p99`, b, "ms", turns.flatMap((turn) => turn.b).length, a), interval: [Number(low.toPrecision(4)), Number(high.toPrecision(4))] });
    }
    return figures;
  } finally {
    await home.close();
  }
}

/** Both cars begin anew, so that B's uplink is connected and waits for nothing when the cloud begins to fail. */
async function turnsUnder(home: BenchHome, fault: (typeof FAULTS)[number], cloudUrl: string): Promise<readonly Turn[]> {
  const cloudFault = (name: string): Promise<unknown> => home.run(["cloud", "fault", name, "--data", "memory"]);
  const a = startCar(home, "a");
  const b = startCar(home, "b", "--uplink", cloudUrl, "--uplink-token", home.path("b.token"));
  const connected = b.heard("the uplink to reach its cloud", ({ text }) => typeof text === "string" && text.includes("the cloud answers"));
  const [phoneA, phoneB] = await Promise.all([phoneOf(home, "a", a), phoneOf(home, "b", b), connected]);
  await block(phoneA, WARM_UP_COUNT);
  await block(phoneB, WARM_UP_COUNT);
  await cloudFault(fault);
  const turns: Turn[] = [];
  for (let turn = 0; turn < TURN_COUNT; turn++) {
    const first = await block(phoneA, BLOCK_COUNT);
    const second = await block(phoneB, 2 * BLOCK_COUNT);
    turns.push({ a: [...first, ...(await block(phoneA, BLOCK_COUNT))], b: second });
  }
  process.stderr.write(`  flat refusals before a full handshake, waited for: ${phoneA.refusedCount} without an uplink, ${phoneB.refusedCount} with one\n`);
  await cloudFault("none");
  await Promise.all([a.stop(), b.stop()]);
  return turns;
}

async function block(phone: LivePhone, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) times.push(await phone.fastUnlock());
  return times;
}

function startCar(home: BenchHome, name: string, ...more: readonly string[]): Program {
  return home.start("car", "run", "--no-tui", "--listen", "127.0.0.1:0", "--flash", home.path(`${name}.flash`), ...more);
}

function ready(program: Program): ReturnType<Program["heard"]> {
  return program.heard("a process to be ready", ({ event }) => event === "ready");
}

async function phoneOf(home: BenchHome, name: string, car: Program): Promise<LivePhone> {
  const { address } = await ready(car);
  return new LivePhone(home.path(`${name}.key`), parseAddress(String(address))!);
}

/** A car whose flash knows the phone in the file beside it; stopped again. */
async function pairedCar(home: BenchHome, name: string): Promise<void> {
  const car = startCar(home, name);
  const { address } = await ready(car);
  const key = ["--file", home.path(`${name}.key`)];
  await home.run(["key", "init", "--name", name, ...key]);
  const { uri } = await home.run(["car", "claim", "--flash", home.path(`${name}.flash`)]);
  await home.run(["key", "pair", "--uri-file", "-", "--label", name, "--via", `socket:${String(address)}`, ...key], String(uri));
  await car.stop();
}

/** Leaves what the car's uplink needs in a file beside the key's. */
async function registered(home: BenchHome, name: string, cloudUrl: string): Promise<void> {
  const key = ["--file", home.path(`${name}.key`)];
  const account = ["--cloud", cloudUrl, "--account", "bench", ...key];
  await home.run(["app", "create", ...account], PASSWORD);
  await home.run(["app", "login", ...account], PASSWORD);
  await home.run(["app", "register", "--token-file", home.path(`${name}.token`), ...key]);
}
