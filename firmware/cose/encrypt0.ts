import { assert, concat, equalBytes, err, ok, type Result } from "../base/index.ts";
import { byteStringAt, encodeHead } from "../cbor/index.ts";
import type { AeadInput, CryptoPort } from "../ports/index.ts";
import { CHACHA20_POLY1305_ID, HEADER } from "./algorithms.ts";
import type { CoseFault } from "./fault.ts";
import { EMPTY, encStructure } from "./structures.ts";

/** Keys of one direction of a session: ChaCha20/Poly1305 key (32 bytes) and context IV (12 bytes). */
export interface DirectionKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** Highest sequence number of a direction; far beyond any session, and its Partial IV still has 4 bytes. */
export const SEQUENCE_MAX = 0xffffffff;

const IV_BYTES = 12;
const BYTE_STRING = 2;

// {1: 24}
const PROTECTED_HEADER = Uint8Array.of(0xa1, HEADER.algorithm, 0x18, CHACHA20_POLY1305_ID);
// [bstr of 4 with the protected header, {6: ...
const HEAD = concat(Uint8Array.of(0x83, 0x44), PROTECTED_HEADER, Uint8Array.of(0xa1, HEADER.partialIv));
/** The additional data is the same for every message: alg is all that is protected, and nothing is external. */
const ADDITIONAL_DATA = encStructure(PROTECTED_HEADER, EMPTY);

/**
 * Message number `sequence` of its direction as an untagged COSE_Encrypt0: `[h'a1011818', {6: Partial IV}, ciphertext]`.
 *
 * The Partial IV is the sequence number, shortest big-endian form (one zero byte for 0); the nonce is the context IV xored
 * with it, right-aligned (RFC 9052 section 3.1). One sequence number must never seal twice under the same keys.
 */
export function sealEncrypt0(crypto: CryptoPort, keys: DirectionKeys, sequence: number, plaintext: Uint8Array): Uint8Array {
  assert(Number.isInteger(sequence) && sequence >= 0 && sequence <= SEQUENCE_MAX, "a sequence number is within its range");
  const ciphertext = crypto.aeadSeal(aeadInput(keys, sequence), plaintext);
  return concat(HEAD, partialIvItem(sequence), encodeHead(BYTE_STRING, ciphertext.length), ciphertext);
}

/**
 * The plaintext of the message that must be number `sequence` of its direction. `wrong-sequence` for the right shape with
 * another number, `forged` where the tag fails, else `malformed`; the session is over after any of them.
 */
export function openEncrypt0(
  crypto: CryptoPort,
  keys: DirectionKeys,
  sequence: number,
  message: Uint8Array,
): Result<Uint8Array, CoseFault> {
  if (!equalBytes(message.subarray(0, HEAD.length), HEAD)) return err("malformed");
  const partialIv = byteStringAt(message, HEAD.length);
  if (!partialIv.ok || partialIv.value.end === partialIv.value.start) return err("malformed");
  const expected = sequence <= SEQUENCE_MAX ? partialIvItem(sequence) : EMPTY;
  if (!equalBytes(message.subarray(HEAD.length, partialIv.value.end), expected)) return err("wrong-sequence");
  const content = byteStringAt(message, partialIv.value.end);
  if (!content.ok || content.value.end !== message.length) return err("malformed");
  const plaintext = crypto.aeadOpen(aeadInput(keys, sequence), message.subarray(content.value.start));
  return plaintext === undefined ? err("forged") : ok(plaintext);
}

function partialIvItem(sequence: number): Uint8Array {
  if (sequence < 0x100) return Uint8Array.of(0x41, sequence);
  if (sequence < 0x10000) return Uint8Array.of(0x42, sequence >>> 8, sequence & 0xff);
  if (sequence < 0x1000000) return Uint8Array.of(0x43, sequence >>> 16, (sequence >>> 8) & 0xff, sequence & 0xff);
  return Uint8Array.of(0x44, sequence >>> 24, (sequence >>> 16) & 0xff, (sequence >>> 8) & 0xff, sequence & 0xff);
}

function aeadInput(keys: DirectionKeys, sequence: number): AeadInput {
  assert(keys.iv.length === IV_BYTES, "a context IV has 12 bytes");
  const nonce = keys.iv.slice();
  for (let i = 0; i < 4; i++) nonce[IV_BYTES - 1 - i]! ^= (sequence >>> (8 * i)) & 0xff;
  return { algorithm: "ChaCha20-Poly1305", key: keys.key, nonce, aad: ADDITIONAL_DATA };
}
