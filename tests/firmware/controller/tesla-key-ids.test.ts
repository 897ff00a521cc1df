import { describe, expect, it } from "vitest";
import { TeslaKeyIds } from "../../../firmware/controller/tesla-key-ids.ts";
import { toHex } from "../../../firmware/base/index.ts";
import { keyIdOf, publicKeyOf } from "../../../firmware/cose/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { seededRandom } from "../../support/random.ts";

const crypto = createNodeCrypto({ random: seededRandom("key ids") });
const publicKeys = Array.from({ length: 20 }, (_, index) => new Uint8Array(64).fill(index + 1));

function counted(): { ids: TeslaKeyIds; hashes: () => number } {
  let count = 0;
  const ids = new TeslaKeyIds({
    ...crypto,
    sha256: (data) => {
      count++;
      return crypto.sha256(data);
    },
  });
  return { ids, hashes: () => count };
}

describe("the ids of public keys of the Tesla dialect", () => {
  it("are those that the keys are enrolled under, however often and in whatever order they come", () => {
    const { ids } = counted();
    for (const order of [publicKeys, [...publicKeys].reverse(), publicKeys.slice(0, 3), publicKeys.slice(0, 3)]) {
      for (const publicKey of order) {
        const key = publicKeyOf("ES256", publicKey);
        expect(ids.of(publicKey)).toMatchObject({ keyId: toHex(keyIdOf(crypto, key)), coseKey: key.coseKey });
      }
    }
  });

  it("are hashed once for clients that take turns", () => {
    const { ids, hashes } = counted();
    ids.of(publicKeys[0]!);
    for (let round = 0; round < 5; round++) for (const publicKey of publicKeys.slice(1, 3)) ids.of(publicKey);
    ids.of(publicKeys[0]!);
    expect(hashes()).toBe(3);
  });

  it("do not pile up: a key that stayed away while eight others came is hashed again", () => {
    const { ids, hashes } = counted();
    for (const publicKey of publicKeys.slice(0, 9)) ids.of(publicKey);
    ids.of(publicKeys[1]!);
    expect(hashes()).toBe(9);
    ids.of(publicKeys[0]!);
    expect(hashes()).toBe(10);
  });

  it("do not change with the bytes that the key was handed over in", () => {
    const { ids } = counted();
    const message = publicKeys[0]!.slice();
    const { keyId } = ids.of(message);
    message.fill(9);
    expect(ids.of(publicKeys[0]!).keyId).toBe(keyId);
    expect(ids.of(message).keyId).not.toBe(keyId);
  });
});
