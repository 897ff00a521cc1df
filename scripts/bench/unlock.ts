import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import type { WiredCar} from "../../sim/wired/index.ts";
import { WiredKey } from "../../sim/wired/index.ts";
import { figure, median, microseconds, type Figure } from "./figure.ts";
import { RecordingCrypto } from "./recording-crypto.ts";
import { TimedCar } from "./timed-car.ts";

const COUNT = 1000;
/** A family of tickets serves 64 fast unlocks, and each run makes two. */
const TURN_COUNT = 25;
/** Until the just-in-time compiler has seen everything a daemon that runs for months has. */
const WARM_UP_COUNT = 4000;

type Path = NonNullable<WiredKey["path"]>;

const random = createSystemRandom();

/** Vehicle CPU, bytes and round trips of a cold and of a fast unlock. */
export function benchUnlock(): readonly Figure[] {
  const crypto = new RecordingCrypto(createNodeCrypto({ random }));
  const car = new TimedCar({
    crypto: crypto.port,
    flash: createMemoryFlash({ sectorCount: 256, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff }),
    randomOfBoot: () => random,
  });
  car.tell({ kind: "claimRequested" });
  const key = new WiredKey(car, "phone", { crypto: createNodeCrypto({ random }), random });
  if (key.pair().kind !== "paired") throw new Error("the bench's phone could not pair");

  const { cold, fast } = measure(car, crypto, key);
  const coldUs = median(cold.car);
  return [
    figure("unlock.cold.cpu", coldUs, "us", cold.car.length, median(cold.bare)),
    figure("unlock.fast.cpu", median(fast.car), "us", fast.car.length, coldUs),
    figure("unlock.fast.cpu.bare", median(fast.bare), "us", fast.bare.length),
    figure("unlock.cold.bytes", handshakeBytes(cold.frames), "bytes", 1),
    figure("unlock.cold.bytes.confirmed", bytesOf(cold.frames.sent) + bytesOf(cold.frames.received.slice(0, 2)), "bytes", 1),
    figure("unlock.cold.roundtrips", cold.frames.sent.length, "round trips", 1),
    figure("unlock.fast.bytes.confirmed", bytesOf(fast.frames.sent) + bytesOf(fast.frames.received.slice(0, 1)), "bytes", 1),
    figure("unlock.fast.roundtrips", fast.frames.sent.length, "round trips", 1),
  ];
}

/**
 * Cold and fast unlocks take turns of a few, so that a machine that slows down slows both. Timed runs and runs whose crypto operations
 * are recorded and made again alternate, so that the recording costs the timed ones nothing.
 */
function measure(car: TimedCar, crypto: RecordingCrypto, key: WiredKey): { readonly cold: Series; readonly fast: Series } {
  const cold = newSeries();
  const fast = newSeries();
  for (let run = 0; run < 2 * (WARM_UP_COUNT + COUNT); run++) {
    const [path, series] = Math.floor(run / TURN_COUNT) % 2 === 0 ? (["full", cold] as const) : (["fast", fast] as const);
    const timed = timedUnlock(car, comingBy(key, path), path);
    const bareUs = bareUnlock(car, comingBy(key, path), crypto);
    series.frames = timed.frames;
    if (run < 2 * WARM_UP_COUNT) continue;
    series.car.push(timed.carUs);
    series.bare.push(bareUs);
  }
  return { cold, fast };
}

interface Series {
  readonly car: number[];
  readonly bare: number[];
  frames: { readonly sent: readonly Uint8Array[]; readonly received: readonly Uint8Array[] };
}

function newSeries(): Series {
  return { car: [], bare: [], frames: { sent: [], received: [] } };
}

/** Without a ticket the next unlock is a full handshake; each unlock hands one out. */
function comingBy(key: WiredKey, path: Path): WiredKey {
  if (path === "full") key.wallet = { ...key.wallet, cars: key.wallet.cars.map((known) => ({ ...known, ticket: undefined })) };
  return key;
}

function lock(car: WiredCar): void {
  for (const { id } of car.description.latches) car.tell({ kind: "latchReported", latch: id, report: "locked" });
}

function timedUnlock(car: TimedCar, key: WiredKey, path: Path) {
  prepare(car, key);
  car.spentUs = 0;
  car.timing = true;
  unlock(key);
  car.timing = false;
  if (key.path !== path) throw new Error(`the bench's ${path} unlock went the way ${key.path}`);
  return { carUs: car.spentUs, frames: { sent: key.framesSent, received: key.framesReceived } };
}

/** Microseconds of the crypto operations alone that an unlock makes in the car. */
function bareUnlock(car: TimedCar, key: WiredKey, crypto: RecordingCrypto): number {
  prepare(car, key);
  crypto.recording = true;
  unlock(key);
  crypto.recording = false;
  const calls = crypto.take();
  return microseconds(() => {
    for (const call of calls) call();
  });
}

/** A locked car whose phone is away. The unlock ends with its confirmed reply: what motors report afterwards is another event. */
function prepare(car: TimedCar, key: WiredKey): void {
  lock(car);
  key.disconnect();
  car.pass(1000);
  car.latchesAnswer = false;
  car.performed.length = 0;
  car.notes.length = 0;
}

function unlock(key: WiredKey): void {
  const outcome = key.askFresh({ kind: "unlock" });
  if (outcome.kind !== "reply" || outcome.reply.code !== 0) throw new Error(`the bench's unlock ended with ${JSON.stringify(outcome)}`);
}

function bytesOf(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}

/**
 * message_1 to message_3 as they went over the wire, frame headers included. The command rides behind message_3: a bstr of 2 head
 * bytes (0x58, length) and the ciphertext.
 */
function handshakeBytes({ sent, received }: { readonly sent: readonly Uint8Array[]; readonly received: readonly Uint8Array[] }): number {
  const [message1, message3] = sent;
  if (message3![1] !== 0x58) throw new Error("the bench does not find message_3 in its frame");
  const ciphertext3Bytes = message3![2]!;
  return message1!.length + received[0]!.length + 1 + 2 + ciphertext3Bytes;
}
