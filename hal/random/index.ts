import { randomFillSync } from "node:crypto";
import type { RandomPort } from "../../firmware/ports/index.ts";

/** Drawn from the system at a time: nonces and salts are small, and each draw costs microseconds. */
const POOL_BYTES = 4096;

/** Bytes of the operating system's generator, through OpenSSL's. What was handed out is wiped from the pool. */
export function createSystemRandom(): RandomPort {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    bytes(length) {
      if (length > POOL_BYTES / 4) return randomFillSync(new Uint8Array(length));
      if (used + length > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      const drawn = pool.slice(used, used + length);
      pool.fill(0, used, used + length);
      used += length;
      return drawn;
    },
  };
}
