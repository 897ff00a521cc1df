import { unsafe } from "@noble/ciphers/aes.js";
import { concat, equalBytes } from "../../firmware/base/index.ts";

const BLOCK_BYTES = 16;

/** What one AES-CCM operation works on. `key` 16 bytes, `nonce` 13 bytes, so the length field has 2 bytes. */
export interface CcmInput {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly tagBytes: number;
}

/** Ciphertext and tag (RFC 3610 sections 2.2 to 2.4; NIST SP 800-38C section 6.1). `plaintext` at most 65535 bytes. */
export function ccmSeal(input: CcmInput, plaintext: Uint8Array): Uint8Array {
  const roundKeys = unsafe.expandKeyLE(input.key);
  const tag = ccmTag(roundKeys, input, plaintext);
  return concat(applyKeyStream(roundKeys, input.nonce, plaintext), tag);
}

/** The plaintext, or undefined where the tag is wrong; nothing of it leaves before the tag is checked (RFC 3610 section 2.5). */
export function ccmOpen(input: CcmInput, ciphertext: Uint8Array): Uint8Array | undefined {
  const length = ciphertext.length - input.tagBytes;
  if (length < 0) return undefined;
  const roundKeys = unsafe.expandKeyLE(input.key);
  const plaintext = applyKeyStream(roundKeys, input.nonce, ciphertext.subarray(0, length));
  return equalBytes(ccmTag(roundKeys, input, plaintext), ciphertext.subarray(length)) ? plaintext : undefined;
}

/** CBC-MAC over B_0, the counted additional data and the message, encrypted with S_0. */
function ccmTag(roundKeys: Uint32Array, input: CcmInput, plaintext: Uint8Array): Uint8Array {
  const first = new Uint8Array(BLOCK_BYTES);
  first[0] = (input.aad.length > 0 ? 0x40 : 0) | (((input.tagBytes - 2) / 2) << 3) | 1;
  first.set(input.nonce, 1);
  first[14] = plaintext.length >> 8;
  first[15] = plaintext.length & 0xff;
  const mac = cipherBlock(roundKeys, first);
  if (input.aad.length > 0) absorb(roundKeys, mac, concat(aadLength(input.aad.length), input.aad));
  absorb(roundKeys, mac, plaintext);
  const mask = counterBlock(roundKeys, input.nonce, 0);
  for (let i = 0; i < BLOCK_BYTES; i++) mac[i] = mac[i]! ^ mask[i]!;
  return mac.slice(0, input.tagBytes);
}

/** Two bytes below 0xff00, else ff fe and four bytes (RFC 3610 section 2.2). */
function aadLength(length: number): Uint8Array {
  if (length < 0xff00) return Uint8Array.of(length >> 8, length & 0xff);
  return Uint8Array.of(0xff, 0xfe, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

/** CBC-MAC of `data`, zero-padded to whole blocks, onto `mac` in place. */
function absorb(roundKeys: Uint32Array, mac: Uint8Array, data: Uint8Array): void {
  for (let offset = 0; offset < data.length; offset += BLOCK_BYTES) {
    const end = Math.min(BLOCK_BYTES, data.length - offset);
    for (let i = 0; i < end; i++) mac[i] = mac[i]! ^ data[offset + i]!;
    mac.set(cipherBlock(roundKeys, mac));
  }
}

function applyKeyStream(roundKeys: Uint32Array, nonce: Uint8Array, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let offset = 0, counter = 1; offset < data.length; offset += BLOCK_BYTES, counter++) {
    const stream = counterBlock(roundKeys, nonce, counter);
    const end = Math.min(BLOCK_BYTES, data.length - offset);
    for (let i = 0; i < end; i++) out[offset + i] = data[offset + i]! ^ stream[i]!;
  }
  return out;
}

/** S_i: the encryption of flags 1, the nonce and the counter (RFC 3610 section 2.3). */
function counterBlock(roundKeys: Uint32Array, nonce: Uint8Array, counter: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block[0] = 1;
  block.set(nonce, 1);
  block[14] = counter >> 8;
  block[15] = counter & 0xff;
  return cipherBlock(roundKeys, block);
}

/** AES of one block, as a new array; the library's block function works in place on aligned bytes. */
function cipherBlock(roundKeys: Uint32Array, block: Uint8Array): Uint8Array {
  return unsafe.encryptBlock(roundKeys, block.slice());
}
