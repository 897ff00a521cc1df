import type { Slot, SlotDone, SlotStore } from "../../firmware/ports/index.ts";

/** Power is gone; nothing of the program that was running sees this. */
export class SlotPowerCut extends Error {
  override readonly name = "SlotPowerCut";
}

/** What lies on the medium. */
export interface SlotImage {
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  readonly record: Uint8Array | undefined;
}

export const EMPTY_SLOTS: SlotImage = { a: new Uint8Array(0), b: new Uint8Array(0), record: undefined };

/**
 * Slots whose power can fail at every byte: each byte written, each sync and each rename is one step, and before step `cutAt` the
 * power goes. What was not synced by then is kept or lost, as {@link imageAfterCut} is told.
 */
export class SimSlots implements SlotStore {
  /** Steps done so far. */
  steps = 0;
  cutAt = Infinity;
  private readonly sha256: (data: Uint8Array) => Uint8Array;
  private current: { a: Uint8Array; b: Uint8Array; record: Uint8Array | undefined };
  private durable: SlotImage;

  constructor(sha256: (data: Uint8Array) => Uint8Array, image: SlotImage = EMPTY_SLOTS) {
    this.sha256 = sha256;
    this.current = { ...image };
    this.durable = image;
  }

  /** What the next start finds. */
  imageAfterCut(unsynced: "kept" | "lost"): SlotImage {
    return unsynced === "kept" ? { ...this.current } : this.durable;
  }

  contentOf(slot: Slot): Uint8Array {
    return this.current[slot].slice();
  }

  write(slot: Slot, offset: number, bytes: Uint8Array, done: SlotDone): void {
    this.step();
    if (offset === 0) this.current[slot] = new Uint8Array(0);
    const landing = bytes.subarray(0, Math.min(bytes.length, this.cutAt - this.steps));
    const grown = new Uint8Array(Math.max(this.current[slot].length, offset + landing.length));
    grown.set(this.current[slot]);
    grown.set(landing, offset);
    this.current[slot] = grown;
    this.steps += landing.length;
    this.step();
    this.durable = { ...this.durable, [slot]: this.current[slot] };
    done();
  }

  digest(slot: Slot, sizeBytes: number, done: (error: Error | undefined, digest: Uint8Array | undefined) => void): void {
    const content = this.current[slot];
    done(undefined, content.length === sizeBytes ? this.sha256(content) : undefined);
  }

  readRecord(): Uint8Array | undefined {
    return this.current.record?.slice();
  }

  replaceRecord(bytes: Uint8Array, done: SlotDone): void {
    // The new file is written beside the old one, so its bytes change nothing that a start would see.
    for (let step = 0; step < bytes.length + 1; step++) this.step();
    this.current.record = bytes.slice();
    this.step();
    this.durable = { ...this.durable, record: this.current.record };
    done();
  }

  private step(): void {
    if (this.steps >= this.cutAt) throw new SlotPowerCut("power cut");
    this.steps++;
  }
}
