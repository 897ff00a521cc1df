import type { Action } from "../wire/index.ts";
import type { CountedUses } from "./wallet.ts";

/** The number to send now. It must be saved before it is sent, so that a dead process never gives one number to two acts. */
export interface UseTaken {
  readonly use: number;
  /** False where the number was sent before: then the car may have consumed it already. */
  readonly fresh: boolean;
  readonly uses: CountedUses;
}

/**
 * Numbers one `action`: a number whose latch has not reported is repeated for the same action, otherwise the next one is taken.
 * Undefined where all numbers are spent.
 */
export function takeUse(uses: CountedUses, action: Action): UseTaken | undefined {
  if (uses.open?.action === action) return { use: uses.open.use, fresh: false, uses };
  if (uses.next > uses.usesMax) return undefined;
  const use = uses.next;
  return { use, fresh: true, uses: { ...uses, next: use + 1, open: { use, action } } };
}

/** The latch has reported (or the act needs none): `use` is over and never repeated. */
export function closeUse(uses: CountedUses, use: number): CountedUses {
  return uses.open?.use === use ? { ...uses, open: undefined } : uses;
}

/** The car refused a number it had never seen, so it did not consume it: the number is free again. */
export function returnUse(uses: CountedUses, use: number): CountedUses {
  return uses.open?.use === use && uses.next === use + 1 ? { ...uses, next: use, open: undefined } : uses;
}

/** The car has said from which number on uses are good; this phone had lost count. Numbers never move back. */
export function skipTo(uses: CountedUses, nextUse: unknown): CountedUses {
  const isAhead = typeof nextUse === "number" && nextUse > uses.next;
  return isAhead ? { ...uses, next: Math.min(nextUse, uses.usesMax + 1), open: undefined } : uses;
}
