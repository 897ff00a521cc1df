/** So many centrals dropped in so short a time are no accident. */
const CROWD_COUNT = 5;
const CROWD_WINDOW_MS = 60_000;

/** Tells, once a minute at most, that strangers crowd the radio: whoever reads the log has to know why an owner may not get through, and what works instead. */
export class Crowd {
  readonly #tell: (message: string) => void;
  /** The last drops, at most {@link CROWD_COUNT} of them. */
  #droppedAtMs: readonly number[] = [];
  #quietUntilMs = 0;

  constructor(tell: (message: string) => void) {
    this.#tell = tell;
  }

  /** A central had to be dropped. */
  dropped(nowMs: number): void {
    this.#droppedAtMs = [...this.#droppedAtMs, nowMs].slice(-CROWD_COUNT);
    const isCrowd = this.#droppedAtMs.length === CROWD_COUNT && nowMs - this.#droppedAtMs[0]! < CROWD_WINDOW_MS;
    if (!isCrowd || nowMs < this.#quietUntilMs) return;
    this.#quietUntilMs = nowMs + CROWD_WINDOW_MS;
    this.#tell(`strangers keep the radio busy (${CROWD_COUNT} dropped within a minute): an owner who does not get through takes the card, the PIN or the mechanical key`);
  }
}
