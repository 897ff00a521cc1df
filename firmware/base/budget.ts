/** A token bucket in whole milliseconds: `burst` at once, then one each `intervalMs`. */
export class Budget {
  private readonly burst: number;
  private readonly intervalMs: number;
  private spentUntilMs: number | undefined;

  constructor(burst: number, intervalMs: number) {
    this.burst = burst;
    this.intervalMs = intervalMs;
  }

  /** Takes one token; false where none is left. `nowMs` never moves back. */
  take(nowMs: number): boolean {
    const from = Math.max(this.spentUntilMs ?? nowMs, nowMs);
    if (from - nowMs > (this.burst - 1) * this.intervalMs) return false;
    this.spentUntilMs = from + this.intervalMs;
    return true;
  }
}
