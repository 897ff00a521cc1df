/** Addresses remembered; the one that was in trouble longest ago gives way. */
export const ADDRESS_COUNT_MAX = 256;

/** What a central that broke the rules of the link gets at once; the car closes a link for good reasons too, so that counts less. */
const STRIKES_DROPPED = 3;
const STRIKES_CLOSED = 1;

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

interface Entry {
  readonly strikes: number;
  readonly untilMs: number;
}

/**
 * Keeps centrals that had to be dropped from coming back at once: bleno serves one link at a time, and each of theirs keeps an
 * owner out. From the third strike on an address is shut out for 1 s, doubling with each further one to a minute; an address that
 * has stayed away for a minute after that starts anew.
 */
export class BackOff {
  readonly #byAddress = new Map<string, Entry>();

  /** The central at `address` broke the rules of the link. */
  dropped(address: string, nowMs: number): void {
    this.#strike(address, STRIKES_DROPPED, nowMs);
  }

  /** The car has closed the link of the central at `address`. */
  closed(address: string, nowMs: number): void {
    this.#strike(address, STRIKES_CLOSED, nowMs);
  }

  /** Whether the central at `address` is to be turned away now. */
  holds(address: string, nowMs: number): boolean {
    return nowMs < (this.#byAddress.get(address)?.untilMs ?? -Infinity);
  }

  #strike(address: string, count: number, nowMs: number): void {
    const before = this.#byAddress.get(address);
    const strikes = count + (before !== undefined && nowMs < before.untilMs + LONGEST_MS ? before.strikes : 0);
    const holdMs = strikes < STRIKES_DROPPED ? 0 : Math.min(FIRST_MS * 2 ** (strikes - STRIKES_DROPPED), LONGEST_MS);
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { strikes, untilMs: nowMs + holdMs });
    if (this.#byAddress.size > ADDRESS_COUNT_MAX) this.#byAddress.delete(this.#byAddress.keys().next().value!);
  }
}
