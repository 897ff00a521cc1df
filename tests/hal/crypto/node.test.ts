import { describe, expect, it } from "vitest";
import { CACHED_KEY_COUNT_MAX, createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { cachingPublicKeyReader } from "../../../hal/crypto-node/public-keys.ts";
import { seededRandom } from "../../support/random.ts";
import { cryptoContract } from "./contract.ts";

describe("the crypto port over node:crypto", () => {
  cryptoContract((random) => createNodeCrypto({ random }));

  it("verifies on, right and wrong, when more keys came by than it remembers", () => {
    const crypto = createNodeCrypto({ random: seededRandom("many keys") });
    const message = Uint8Array.of(1);
    const signed = Array.from({ length: CACHED_KEY_COUNT_MAX + 20 }, () => {
      const key = crypto.generateSigningKey("Ed25519");
      return { publicKey: key.publicKey, signature: crypto.sign(key, message) };
    });
    for (let round = 0; round < 2; round++) {
      for (const { publicKey, signature } of signed) expect(crypto.verify("Ed25519", publicKey, message, signature)).toBe(true);
    }
    expect(crypto.verify("Ed25519", signed[1]!.publicKey, message, signed[0]!.signature)).toBe(false);
  });

  it("remembers a bounded number of public keys, those used last, and no refused one", () => {
    const crypto = createNodeCrypto({ random: seededRandom("cache") });
    const read = cachingPublicKeyReader();
    const publicKeys = Array.from({ length: CACHED_KEY_COUNT_MAX + 1 }, () => crypto.generateSigningKey("Ed25519").publicKey);
    const first = read("Ed25519", publicKeys[0]!);
    const second = read("Ed25519", publicKeys[1]!);
    for (const publicKey of publicKeys.slice(2, -1)) read("Ed25519", publicKey);
    expect(read("Ed25519", publicKeys[0]!)).toBe(first);
    read("Ed25519", new Uint8Array(32));
    read("Ed25519", publicKeys.at(-1)!); // one too many: the second key is the one used longest ago
    expect(read("Ed25519", publicKeys[0]!)).toBe(first);
    expect(read("Ed25519", publicKeys[1]!)).not.toBe(second);
  });
});
