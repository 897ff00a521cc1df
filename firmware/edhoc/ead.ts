import type { CborItem } from "../cbor/index.ts";

/** Items that are read after the last obligatory one of a message: labels and values of external authorisation data. */
export const EAD_ITEMS_MAX = 16;

/**
 * Judges the external authorisation data of a message (RFC 9528 section 3.8). No label is known here: padding (0) and
 * non-critical items are ignored, a critical one (negative label) ends the handshake.
 */
export function judgeEad(items: readonly CborItem[]): "ignored" | "malformed" | "critical-ead" {
  for (let i = 0; i < items.length; i++) {
    const label = items[i]!.value;
    if (typeof label !== "number") return "malformed";
    if (label < 0) return "critical-ead";
    if (items[i + 1]?.value instanceof Uint8Array) i++;
  }
  return "ignored";
}
