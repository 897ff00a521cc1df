/** Out-of-order messages that a window remembers. */
export const WINDOW = 32;

/** The last counter there is; after it comes a new epoch. */
export const COUNTER_MAX = 0xffff_ffff;

/** Which counters a key has used in this epoch: the highest, and which of the 32 before it. Each is taken once. */
export class Counters {
  private readonly window: number;
  private history = 0;
  highest = 0;

  /** @param window how far behind the highest a counter may be: 0 where they have to grow. */
  constructor(window: 0 | typeof WINDOW) {
    this.window = window;
  }

  /** Takes `counter`, or changes nothing: false where it was used before, is too old, or is 0, which could be played again. */
  take(counter: number): boolean {
    if (counter === 0) return false;
    const ahead = counter - this.highest;
    if (ahead > 0) {
      const past = ahead > WINDOW ? 0 : ahead === WINDOW ? 0 : this.history << ahead;
      const formerHighest = this.highest === 0 || ahead > WINDOW ? 0 : 1 << (ahead - 1);
      this.history = (past | formerHighest) >>> 0;
      this.highest = counter;
      return true;
    }
    const age = -ahead;
    if (age === 0 || age > this.window) return false;
    const bit = 1 << (age - 1);
    if ((this.history & bit) !== 0) return false;
    this.history = (this.history | bit) >>> 0;
    return true;
  }
}
