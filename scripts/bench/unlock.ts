import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import type { ControllerEvent } from "../../firmware/controller/index.ts";
import { WiredCar, WiredKey } from "../../sim/wired/index.ts";
import { figure, median, microseconds, type Figure } from "./figure.ts";
import { RecordingCrypto } from "./recording-crypto.ts";

const COUNT = 200;
const WARM_UP_COUNT = 40;

const random = createSystemRandom();

/** A claimed car over node:crypto whose own work can be timed apart from its phone's. */
class TimedCar extends WiredCar {
  /** Microseconds inside the controller since the last reset: events in, effects out, flash included. */
  spentUs = 0;
  timing = false;

  override tell(event: ControllerEvent): void {
    if (!this.hooked) this.hook();
    super.tell(event);
  }

  private hooked = false;

  /** Times the controller itself, so that neither the phone nor the wire between them counts. */
  private hook(): void {
    this.hooked = true;
    const { controller } = this;
    const handle = controller.handle.bind(controller);
    controller.handle = (event) => {
      if (!this.timing) return handle(event);
      let effects: ReturnType<typeof handle> = [];
      this.spentUs += microseconds(() => {
        effects = handle(event);
      });
      return effects;
    };
  }
}

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

  const cold = { car: [] as number[], bare: [] as number[] };
  const fast = { car: [] as number[], bare: [] as number[] };
  let coldFrames = { sent: [] as Uint8Array[], received: [] as Uint8Array[] };
  let fastFrames = { sent: [] as Uint8Array[], received: [] as Uint8Array[] };
  for (let run = 0; run < WARM_UP_COUNT + COUNT; run++) {
    lock(car);
    key.wallet = { ...key.wallet, cars: key.wallet.cars.map((known) => ({ ...known, ticket: undefined })) };
    const coldRun = timedUnlock(car, key, crypto);
    coldFrames = coldRun.frames;
    lock(car);
    const fastRun = timedUnlock(car, key, crypto);
    fastFrames = fastRun.frames;
    if (coldRun.path !== "full" || fastRun.path !== "fast") throw new Error("the bench's unlocks took the wrong paths");
    if (run < WARM_UP_COUNT) continue;
    cold.car.push(coldRun.carUs);
    cold.bare.push(coldRun.bareUs);
    fast.car.push(fastRun.carUs);
    fast.bare.push(fastRun.bareUs);
  }
  const coldUs = median(cold.car);
  return [
    figure("unlock.cold.cpu", coldUs, "us", COUNT, median(cold.bare)),
    figure("unlock.fast.cpu", median(fast.car), "us", COUNT, coldUs),
    figure("unlock.fast.cpu.bare", median(fast.bare), "us", COUNT),
    figure("unlock.cold.bytes", handshakeBytes(coldFrames), "bytes", 1),
    figure("unlock.cold.bytes.confirmed", bytesOf(coldFrames.sent) + bytesOf(coldFrames.received.slice(0, 2)), "bytes", 1),
    figure("unlock.cold.roundtrips", coldFrames.sent.length, "round trips", 1),
    figure("unlock.fast.bytes.confirmed", bytesOf(fastFrames.sent) + bytesOf(fastFrames.received.slice(0, 1)), "bytes", 1),
    figure("unlock.fast.roundtrips", fastFrames.sent.length, "round trips", 1),
  ];
}

function lock(car: WiredCar): void {
  for (const { id } of car.description.latches) car.tell({ kind: "latchReported", latch: id, report: "locked" });
}

function timedUnlock(car: TimedCar, key: WiredKey, crypto: RecordingCrypto) {
  key.disconnect();
  car.pass(1000);
  car.spentUs = 0;
  car.timing = true;
  crypto.recording = true;
  const outcome = key.askFresh({ kind: "unlock" });
  car.timing = false;
  crypto.recording = false;
  if (outcome.kind !== "reply" || outcome.reply.code !== 0) throw new Error(`the bench's unlock ended with ${JSON.stringify(outcome)}`);
  const calls = crypto.take();
  const bareUs = microseconds(() => {
    for (const call of calls) call();
  });
  return { carUs: car.spentUs, bareUs, path: key.path, frames: { sent: key.framesSent, received: key.framesReceived } };
}

function bytesOf(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}

/**
 * message_1 to message_3 as they went over the wire, frame headers included. The command rides behind message_3: a bstr of 2 head
 * bytes and the ciphertext whose length the second one tells (it is 24 to 255 bytes long).
 */
function handshakeBytes({ sent, received }: { readonly sent: readonly Uint8Array[]; readonly received: readonly Uint8Array[] }): number {
  const [message1, message3] = sent;
  const ciphertext3Bytes = message3![2]!;
  return message1!.length + received[0]!.length + 1 + 2 + ciphertext3Bytes;
}
