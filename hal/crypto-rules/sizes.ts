import { assert } from "../../firmware/base/index.ts";
import type { AeadAlgorithm, AeadInput } from "../../firmware/ports/index.ts";

/** Bytes of key, nonce and tag of each AEAD (RFC 9053 sections 4.1 to 4.3). */
export const AEAD_SIZES: { readonly [A in AeadAlgorithm]: { readonly key: number; readonly nonce: number; readonly tag: number } } = {
  "AES-CCM-16-64-128": { key: 16, nonce: 13, tag: 8 },
  "AES-CCM-16-128-128": { key: 16, nonce: 13, tag: 16 },
  "ChaCha20-Poly1305": { key: 32, nonce: 12, tag: 16 },
  A128GCM: { key: 16, nonce: 12, tag: 16 },
};

/** CCM with 13-byte nonces counts the message in two bytes (RFC 3610 section 2.1); one bound serves all. */
export const AEAD_PLAINTEXT_BYTES_MAX = 0xffff;

/** HKDF-Expand with SHA-256 gives at most 255 blocks (RFC 5869 section 2.3). */
const HKDF_BYTES_MAX = 255 * 32;

/** Throws unless HKDF-Expand is defined: a pseudorandom key of at least one hash, 0 to 8160 bytes (RFC 5869 section 2.3). */
export function assertExpandSizes(prk: Uint8Array, length: number): void {
  assert(prk.length >= 32, "HKDF-Expand takes a key of at least 32 bytes");
  assert(Number.isInteger(length) && length >= 0 && length <= HKDF_BYTES_MAX, "HKDF-Expand gives 0 to 8160 bytes");
}

/** Whether key and nonce have the lengths of the algorithm. */
export function hasAeadSizes(input: AeadInput): boolean {
  const sizes = AEAD_SIZES[input.algorithm];
  return input.key.length === sizes.key && input.nonce.length === sizes.nonce;
}

/** Of a Tesla-type card's exchange: one AES block, and the part of the SHA-1 that is its key. */
export const CARD_BLOCK_BYTES = 16;
export const CARD_KEY_BYTES = 16;
