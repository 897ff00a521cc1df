import type { ClockPort } from "../../../firmware/ports/index.ts";
import type { PacedClock } from "./paced-clock.ts";

/** Longest time a skip may pass over: a year shows every expiry there is. */
export const SKIP_MS_MAX = 366 * 24 * 3_600_000;

/** Node's timers hold 31 bits of milliseconds; a shorter wait that finds nothing due just waits again. */
const WAIT_MS_MAX = 3_600_000;

/** Steps of a skip between two turns of the event loop. */
const STEPS_PER_TURN = 200;

/** Keeps a virtual clock at real time: one timer for the next task, and a look at the real clock before anything from outside. */
export class Pacemaker {
  readonly #clock: PacedClock;
  readonly #real: ClockPort;
  readonly #startMs: number;
  #skippedMs = 0;
  #inside = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(clock: PacedClock, real: ClockPort) {
    this.#clock = clock;
    this.#real = real;
    this.#startMs = real.monotonicMs() - clock.monotonicMs();
  }

  /** Time passed over so far. */
  get skippedMs(): number {
    return this.#skippedMs;
  }

  /** Brings the clock up to the present, does `work`, and then whatever is due at once. Work inside of work just runs. */
  enter<T>(work: () => T): T {
    if (this.#inside) return work();
    this.#inside = true;
    try {
      this.#clock.runTo(Math.max(this.#presentMs(), this.#clock.monotonicMs()));
      const result = work();
      this.#clock.runTo(this.#clock.monotonicMs());
      return result;
    } finally {
      this.#inside = false;
      this.#arm();
    }
  }

  /**
   * Passes over `durationMs`, at most {@link SKIP_MS_MAX}, task by task. Nothing that waits for the flash is overtaken: time stands
   * still while `busy()`. `passed` hears from time to time how much of it is over.
   */
  async skip(durationMs: number, busy: () => boolean, passed: (passedMs: number) => void): Promise<void> {
    const beginMs = this.#clock.monotonicMs();
    const endMs = beginMs + Math.min(durationMs, SKIP_MS_MAX);
    for (let steps = 1; this.#clock.monotonicMs() < endMs && !this.#stopped; steps++) {
      const nextMs = Math.min(endMs, this.#clock.nextDueMs ?? endMs);
      this.#skippedMs += Math.max(0, nextMs - this.#presentMs());
      this.enter(() => undefined);
      while (busy() && !this.#stopped) await turn();
      if (steps % STEPS_PER_TURN !== 0) continue;
      passed(this.#clock.monotonicMs() - beginMs);
      await turn();
    }
  }

  /** Runs the clock ahead at once until `holds()`; false where it does not within `limitMs`. For the beginning, before real time counts. */
  rush(holds: () => boolean, limitMs: number): boolean {
    const beforeMs = this.#clock.monotonicMs();
    this.#inside = true;
    try {
      return this.#clock.runUntil(holds, limitMs);
    } finally {
      this.#inside = false;
      this.#skippedMs += this.#clock.monotonicMs() - beforeMs;
      this.#arm();
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #presentMs(): number {
    return this.#real.monotonicMs() - this.#startMs + this.#skippedMs;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const dueMs = this.#clock.nextDueMs;
    if (dueMs === undefined || this.#stopped) return;
    const waitMs = Math.min(Math.max(0, dueMs - this.#presentMs()), WAIT_MS_MAX);
    this.#timer = setTimeout(() => this.enter(() => undefined), waitMs);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
