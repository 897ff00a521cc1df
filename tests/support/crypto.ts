import type { CryptoPort } from "../../firmware/ports/index.ts";
import { createPortableCrypto } from "../../hal/crypto-portable/index.ts";
import { seededRandom } from "./random.ts";

/** The portable crypto over a seeded stream: the same seed gives the same keys and the same signatures on every machine. */
export function testCrypto(seed: string): CryptoPort {
  return createPortableCrypto({ random: seededRandom(seed) });
}
