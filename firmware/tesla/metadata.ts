import { assert } from "../base/index.ts";

/** What is signed beside the message itself, in this order (`signatures.Tag`). */
export const TAG = { signatureType: 0, domain: 1, vin: 2, epoch: 3, expiresAt: 4, counter: 5, challenge: 6, flags: 7, requestHash: 8, fault: 9 } as const;

const END = 0xff;

export type MetadataItem = readonly [tag: number, value: Uint8Array];

/** Each item as tag, length and value, ascending by tag, then a closing 0xff. */
export function metadata(items: readonly MetadataItem[]): Uint8Array {
  let length = 1;
  for (const [, value] of items) length += 2 + value.length;
  const out = new Uint8Array(length);
  let at = 0;
  let before = -1;
  for (const [tag, value] of items) {
    assert(tag > before && value.length <= 0xff, "metadata ascends by tag, and values have 255 bytes at most");
    before = tag;
    out[at] = tag;
    out[at + 1] = value.length;
    out.set(value, at + 2);
    at += 2 + value.length;
  }
  out[at] = END;
  return out;
}

/** A 32-bit number as metadata has it: big endian. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** A number of one byte. */
export function u8(value: number): Uint8Array {
  return Uint8Array.of(value);
}
