import type { Misbehaviour } from "../../../firmware/tesla/index.ts";

/** Messages that a virtual car may be told to answer wrongly. */
export const MISCHIEF_COUNT_MAX = 1000;

/** What a virtual car does wrong on purpose to the next messages of Tesla clients. */
export class Mischief {
  #what: Misbehaviour | undefined;
  #left = 0;

  get left(): number {
    return this.#left;
  }

  /** From now on `count` messages; 0 ends it. */
  plan(what: Misbehaviour, count: number): void {
    this.#what = what;
    this.#left = count;
  }

  /** What to do instead of answering the message that has come. */
  next(): Misbehaviour | undefined {
    if (this.#left === 0) return undefined;
    this.#left--;
    return this.#what;
  }
}
