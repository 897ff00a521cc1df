import { utf8Encode } from "../base/index.ts";

/** Longest name of a key or latch, in bytes of UTF-8: one line of a narrow terminal, and 16 names fit in a reply. */
export const NAME_BYTES_MAX = 64;

/**
 * What a name may not hold, because it would act on a terminal or log instead of being shown: C0 and C1 controls, line and
 * paragraph separators, the marks that turn the direction of writing (Unicode 15 section 23.2), and half surrogate pairs.
 */
const UNSHOWABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** Whether `text` can name a key or a latch: 1 to {@link NAME_BYTES_MAX} bytes, nothing that acts instead of being shown. */
export function isName(text: unknown): text is string {
  if (typeof text !== "string" || text.length === 0 || text.length > NAME_BYTES_MAX) return false;
  return !UNSHOWABLE.test(text) && utf8Encode(text).length <= NAME_BYTES_MAX;
}
