/** Refused requests of proven keys that are written down at once, and how often one more is. */
const BURST = 20;
const INTERVAL_MS = 10_000;

/** Bounds how many refusals go to the audit log: a key that asks for ever must not wear the flash out or roll the log over. */
export class RefusalBudget {
  private left = BURST;
  private refilledAtMs = 0;

  /** Whether one more refusal may be written at `nowMs`. */
  take(nowMs: number): boolean {
    const earned = Math.floor((nowMs - this.refilledAtMs) / INTERVAL_MS);
    if (earned > 0) {
      this.left = Math.min(BURST, this.left + earned);
      this.refilledAtMs += earned * INTERVAL_MS;
    }
    if (this.left === 0) return false;
    this.left--;
    return true;
  }
}
