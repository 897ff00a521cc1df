/** Frames that may wait for confirmations: those of a few replies at the smallest MTU. A central that reads none loses its link. */
export const OUTBOX_BYTES_MAX = 16 * 1024;

/** A central that has not confirmed an indication within this time has broken the protocol (Bluetooth Core 5.4 Vol 3 Part F section 3.3.3). */
export const CONFIRMATION_TIMEOUT_MS = 30_000;

/**
 * Values for one link: one at a time on the air, since bleno itself does not wait for the confirmation of an indication (Core 5.4 Vol 3 Part F
 * section 3.3.2); a notification counts as confirmed when it has been sent.
 */
export class Outbox {
  readonly #update: (value: Buffer) => void;
  readonly #stalled: () => void;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #whenEmpty: (() => void) | undefined;

  /**
   * @param update puts one value on the air.
   * @param stalled the central confirms nothing any more: called once.
   */
  constructor(update: (value: Buffer) => void, stalled: () => void) {
    this.#update = update;
    this.#stalled = stalled;
  }

  /** False where the central reads so little that the frame has no room. */
  push(frame: Uint8Array): boolean {
    if (this.#waitingBytes + frame.length > OUTBOX_BYTES_MAX) return false;
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    this.#sendNext();
    return true;
  }

  /** The value under way has arrived. */
  confirmed(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sendNext();
    if (this.#timer === undefined) this.#whenEmpty?.();
  }

  /** Calls `done` once everything is confirmed. */
  whenEmpty(done: () => void): void {
    if (this.#timer === undefined) done();
    else this.#whenEmpty = done;
  }

  /** Nothing more is sent, nobody is called any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    this.#whenEmpty = undefined;
  }

  #sendNext(): void {
    if (this.#timer !== undefined) return;
    const frame = this.#waiting.shift();
    if (frame === undefined) return;
    this.#waitingBytes -= frame.length;
    this.#timer = setTimeout(this.#stalled, CONFIRMATION_TIMEOUT_MS);
    this.#update(Buffer.from(frame));
  }
}
