/** Keys remembered as near; more than any radio serves. */
const KEY_COUNT_MAX = 64;

/** A key that nothing was measured of for this long comes anew. */
export const REARM_AFTER_MS = 30_000;

/**
 * The hysteresis of passive entry: one approach opens once. A key that has opened, or whose holder has locked, opens again only after it
 * was measured to have left, or after nothing was measured of it for {@link REARM_AFTER_MS}. By key and not by link: a radio that drops
 * and connects again beside the car is no approach.
 */
export class Approaches {
  private readonly spent = new Map<string, number>();

  /** Whether this approach of `holder` has not been used yet. */
  isNew(holder: string, nowMs: number): boolean {
    const lastMs = this.spent.get(holder);
    return lastMs === undefined || nowMs - lastMs > REARM_AFTER_MS;
  }

  /** It has opened, or its holder locked. */
  spend(holder: string, nowMs: number): void {
    this.spent.delete(holder);
    if (this.spent.size >= KEY_COUNT_MAX) this.spent.delete(this.spent.keys().next().value!);
    this.spent.set(holder, nowMs);
  }

  /** Something was measured of `holder`, who is still around. */
  stays(holder: string, nowMs: number): void {
    if (!this.isNew(holder, nowMs)) this.spent.set(holder, nowMs);
  }

  left(holder: string): void {
    this.spent.delete(holder);
  }
}
