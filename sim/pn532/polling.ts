import type { Target } from "./target.ts";

/** A card as InAutoPoll answers it. */
export interface Polled {
  readonly type: number;
  readonly record: Uint8Array;
}

/** Types of InAutoPoll that a card of type A answers (user manual UM0701-02 section 7.3.13). */
const GENERIC_106 = 0x00;
const MIFARE = 0x10;
const ISO_14443_4A = 0x20;

/** The card found by the first of `types` that it answers. */
export function pollingTypes(types: Uint8Array, target: Target, automaticRats: boolean): Polled | undefined {
  const own = target.speaks14443 ? ISO_14443_4A : MIFARE;
  if (!types.some((type) => type === GENERIC_106 || type === own)) return undefined;
  const record = target.select(new Uint8Array(0), automaticRats);
  return record === undefined ? undefined : { type: own, record };
}
