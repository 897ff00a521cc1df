import { assert } from "../base/index.ts";
import type { Action } from "../wire/index.ts";

const MINT = Symbol("mint");

/**
 * Proof that the one function that decides has allowed one action. It cannot be forged by shape: the brand is a private field,
 * and only {@link mintAuthorisation} can set it.
 */
export class Authorisation {
  readonly #brand: typeof MINT;
  readonly #action: Action;
  readonly #by: string;

  /** Not for callers: throws InvariantViolation unless called by {@link mintAuthorisation}. */
  constructor(mint: symbol, action: Action, by: string) {
    assert(mint === MINT, "only the access decision makes authorisations");
    this.#brand = MINT;
    this.#action = action;
    this.#by = by;
  }

  /** What was allowed. */
  get action(): Action {
    return this.#action;
  }

  /** Who was allowed to, as the log names them. */
  get by(): string {
    return this.#by;
  }

  /** Whether `authorisation` was made for `action`, whatever its properties have become since. */
  static isFor(authorisation: Authorisation, action: Action): boolean {
    return authorisation.#action === action;
  }

  /** Whether `value` was made by {@link mintAuthorisation}, whatever it looks like. */
  static isGenuine(value: unknown): value is Authorisation {
    return typeof value === "object" && value !== null && #brand in value && value.#brand === MINT;
  }
}

/** Makes the proof that `action` was allowed to `by`. To be called by firmware/access/decide.ts alone; a test looks after that. */
export function mintAuthorisation(action: Action, by: string): Authorisation {
  return new Authorisation(MINT, action, by);
}
