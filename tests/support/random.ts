import { createHash } from "node:crypto";
import type { RandomPort } from "../../firmware/ports/index.ts";

/** A seeded stream of bytes: SHA-256 in counter mode. The same seed gives the same stream on every machine. */
export function seededRandom(seed: string): RandomPort {
  let counter = 0;
  let pool = new Uint8Array(0);
  return {
    bytes(length) {
      const out = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        if (pool.length === 0) pool = Uint8Array.from(createHash("sha256").update(`${seed}/${counter++}`).digest());
        const take = Math.min(pool.length, length - filled);
        out.set(pool.subarray(0, take), filled);
        pool = pool.subarray(take);
        filled += take;
      }
      return out;
    },
  };
}
