/** `closed`: the cloud is asked. `open`: it is not. `halfOpen`: it is asked one thing, to see. */
export type BreakerState = "closed" | "open" | "halfOpen";

/** `failed`: a moment's trouble. `failedOften`: the last of {@link FAILURE_COUNT_MAX} in a row. `lost`: beyond trying again soon, such as a name that is unknown. `due`: the wait is over. */
export type BreakerEvent = "answered" | "failed" | "failedOften" | "lost" | "due";

/** The breaker whole: where each event leads from each state. */
export const BREAKER_TABLE: { readonly [S in BreakerState]: { readonly [E in BreakerEvent]: BreakerState } } = {
  closed: { answered: "closed", failed: "closed", failedOften: "open", lost: "open", due: "closed" },
  // An answer to what was asked before it opened closes it again.
  open: { answered: "closed", failed: "open", failedOften: "open", lost: "open", due: "halfOpen" },
  halfOpen: { answered: "closed", failed: "open", failedOften: "open", lost: "open", due: "halfOpen" },
};

/** Failures in a row that open the breaker. */
export const FAILURE_COUNT_MAX = 3;
/** The wait after the first failure; it doubles with each one more. */
export const WAIT_FIRST_MS = 1_000;
export const WAIT_MAX_MS = 300_000;
/** Longest wait that a cloud may ask for. */
export const RETRY_AFTER_MAX_S = 900;

export type Told = { readonly kind: "answered" } | { readonly kind: "failed" | "lost"; readonly retryAfterS?: number | undefined };

/** Whether and when a cloud is asked, given what became of the asking; no clock and no chance of its own. */
export class Breaker {
  state: BreakerState = "closed";
  #failures = 0;
  #dueMs = -Infinity;
  #trying = false;
  readonly #chance: () => number;

  /** `chance`: evenly from 0 up to 1, so that cars which lost a cloud together do not come back together. */
  constructor(chance: () => number) {
    this.#chance = chance;
  }

  /** Milliseconds until the cloud may be asked; 0: now. Infinity while the one thing is asked that shall show whether it is back. */
  waitMs(nowMs: number): number {
    if (nowMs >= this.#dueMs && this.state === "open") this.#go("due");
    if (this.state === "halfOpen" && this.#trying) return Infinity;
    return Math.max(0, this.#dueMs - nowMs);
  }

  /** Something is asked now: {@link waitMs} was 0. */
  begin(): void {
    if (this.state === "halfOpen") this.#trying = true;
  }

  /** What became of it. */
  told(what: Told, nowMs: number): void {
    this.#trying = false;
    if (what.kind === "answered") {
      this.#failures = 0;
      this.#dueMs = -Infinity;
      return this.#go("answered");
    }
    this.#failures = what.kind === "lost" ? Math.max(this.#failures + 1, FAILURE_COUNT_MAX) : this.#failures + 1;
    const longestMs = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** Math.min(this.#failures - 1, 20));
    const ownMs = longestMs * (0.5 + this.#chance() / 2);
    const askedMs = Math.min(what.retryAfterS ?? 0, RETRY_AFTER_MAX_S) * 1000;
    this.#dueMs = nowMs + Math.max(ownMs, askedMs);
    this.#go(what.kind === "lost" ? "lost" : this.#failures >= FAILURE_COUNT_MAX ? "failedOften" : "failed");
  }

  #go(event: BreakerEvent): void {
    this.state = BREAKER_TABLE[this.state][event];
  }
}
