/** One of the two places for a bundle. */
export type Slot = "a" | "b";

/** Called once, later or at once; `error` says what went wrong, and nothing that was asked for is then certain. */
export type SlotDone = (error?: Error) => void;

/**
 * Two slots for the firmware and the boot loader's record, on something whose power may fail at any byte. The controller never waits
 * for it.
 */
export interface SlotStore {
  /** Writes `bytes` at `offset` and makes them durable; at offset 0 whatever the slot held is gone first. */
  write(slot: Slot, offset: number, bytes: Uint8Array, done: SlotDone): void;
  /** SHA-256 of the slot's content where it has exactly `sizeBytes`, else undefined. */
  digest(slot: Slot, sizeBytes: number, done: (error: Error | undefined, digest: Uint8Array | undefined) => void): void;
  /** The boot loader's record; undefined where there is none. */
  readRecord(): Uint8Array | undefined;
  /** Replaces the record, durably: power loss leaves the old one or the new one, whole. */
  replaceRecord(bytes: Uint8Array, done: SlotDone): void;
}
