import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toHex, utf8Encode } from "../../../firmware/base/index.ts";
import { createPortableCrypto } from "../../../hal/crypto-portable/index.ts";
import { seededRandom } from "../../support/random.ts";
import { cryptoContract } from "./contract.ts";
import { ES256, hex } from "./vectors.ts";

describe("the portable crypto port", () => {
  cryptoContract((random) => createPortableCrypto({ random }));

  it("signs ES256 deterministically, as RFC 6979 prints it", () => {
    const crypto = createPortableCrypto({ random: seededRandom("rfc6979") });
    const key = crypto.importSigningKey("ES256", hex(ES256.scalar))!;
    for (const { message, signature } of ES256.signatures) expect(toHex(crypto.sign(key, utf8Encode(message)))).toBe(signature);
  });

  it("imports nothing of Node", () => {
    for (const folder of ["crypto-portable", "crypto-rules", "flash-memory", "flash-rules"]) {
      const root = new URL(`../../../hal/${folder}/`, import.meta.url);
      for (const file of readdirSync(root)) expect(readFileSync(new URL(file, root), "utf8"), `${folder}/${file}`).not.toMatch(/"node:|Buffer|process\./);
    }
  });
});
