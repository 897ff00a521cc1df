import { scrypt } from "node:crypto";

const HASH_BYTES = 32;
const BLOCK_SIZE = 8;

/** scrypt (RFC 7914) with N = 2 ** `costLog2`, r = 8, p = 1, on another thread; undefined where there is no memory for it. */
export function hashPin(pin: Uint8Array, salt: Uint8Array, costLog2: number): Promise<Uint8Array | undefined> {
  const cost = 2 ** costLog2;
  return new Promise((resolve) => {
    // The work takes 128 * N * r bytes (RFC 7914 section 2), and OpenSSL some more.
    scrypt(pin, salt, HASH_BYTES, { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 2 * 128 * cost * BLOCK_SIZE }, (error, hash) => resolve(error === null ? Uint8Array.from(hash) : undefined));
  });
}
