import { createCipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import type { CryptoPort } from "../../../firmware/ports/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { createPortableCrypto } from "../../../hal/crypto-portable/index.ts";
import { seededRandom } from "../../support/random.ts";
import { aeadInput } from "./contract.ts";

const node = createNodeCrypto({ random: seededRandom("both") });
const portable = createPortableCrypto({ random: seededRandom("both") });
const pairs: readonly (readonly [string, CryptoPort, CryptoPort])[] = [
  ["node to portable", node, portable],
  ["portable to node", portable, node],
];

describe.each(pairs)("%s", (_, one, other) => {
  it.each(["AES-CCM-16-64-128", "AES-CCM-16-128-128", "ChaCha20-Poly1305"] as const)("opens what the other sealed with %s, byte for byte the same", (algorithm) => {
    const random = seededRandom(`cross ${algorithm}`);
    for (const length of [0, 1, 15, 16, 17, 100, 1024, 4096, 65_535]) {
      for (const aadBytes of [0, 1, 14, 15, 40, 0xff00]) {
        const input = aeadInput(algorithm, random, aadBytes);
        const plaintext = random.bytes(length);
        const sealed = one.aeadSeal(input, plaintext);
        expect(toHex(other.aeadOpen(input, sealed)!)).toBe(toHex(plaintext));
        expect(toHex(other.aeadSeal(input, plaintext))).toBe(toHex(sealed));
      }
    }
  });

  it.each(["Ed25519", "ES256"] as const)("verifies what the other signed with %s, and opens its stored keys", (algorithm) => {
    const random = seededRandom(`cross ${algorithm}`);
    for (let i = 0; i < 10; i++) {
      const key = one.generateSigningKey(algorithm);
      const message = random.bytes(i * 13);
      expect(other.verify(algorithm, key.publicKey, message, one.sign(key, message))).toBe(true);
      const moved = other.importSigningKey(algorithm, one.exportSigningKey(key))!;
      expect(moved.publicKey).toEqual(key.publicKey);
      expect(one.verify(algorithm, key.publicKey, message, other.sign(moved, message))).toBe(true);
    }
  });

  it.each(["X25519", "P-256"] as const)("agrees on the secret with the other over %s, for sound and unsound peers alike", (curve) => {
    const random = seededRandom(`cross ${curve}`);
    for (let i = 0; i < 20; i++) {
      const [a, b] = [one.generateAgreementKey(curve), other.generateAgreementKey(curve)];
      expect(one.agree(a, b.publicKey)).toEqual(other.agree(b, a.publicKey));
      const scalar = random.bytes(32);
      const [mine, theirs] = [one.importAgreementKey(curve, scalar)!, other.importAgreementKey(curve, scalar)!];
      expect(mine.publicKey).toEqual(theirs.publicKey);
      const stranger = random.bytes(32);
      expect(one.agree(mine, stranger)).toEqual(other.agree(theirs, stranger));
    }
  });
});

describe("both ports over the same randomness", () => {
  it("make the same keys", () => {
    const [a, b] = [createNodeCrypto({ random: seededRandom("same") }), createPortableCrypto({ random: seededRandom("same") })];
    for (const curve of ["X25519", "P-256"] as const) expect(a.generateAgreementKey(curve).publicKey).toEqual(b.generateAgreementKey(curve).publicKey);
    for (const algorithm of ["Ed25519", "ES256"] as const) {
      expect(a.generateSigningKey(algorithm).publicKey).toEqual(b.generateSigningKey(algorithm).publicKey);
    }
  });

  it("give the same hashes, HMACs and key streams", () => {
    const random = seededRandom("hashes");
    for (const length of [0, 1, 55, 56, 63, 64, 65, 200, 1000]) {
      const [key, data] = [random.bytes(length), random.bytes(length + 3)];
      expect(node.sha256(data)).toEqual(portable.sha256(data));
      expect(node.hmacSha256(key, data)).toEqual(portable.hmacSha256(key, data));
      const prk = random.bytes(32 + length);
      expect(node.hkdfExpand(prk, data, length)).toEqual(portable.hkdfExpand(prk, data, length));
    }
  });

  it("seal AES-CCM with 16-byte tags as OpenSSL does when asked directly", () => {
    const input = aeadInput("AES-CCM-16-128-128", seededRandom("direct"));
    const plaintext = seededRandom("text").bytes(50);
    const cipher = createCipheriv("aes-128-ccm", input.key, input.nonce, { authTagLength: 16 });
    cipher.setAAD(input.aad, { plaintextLength: 50 });
    const direct = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString("hex");
    expect(toHex(portable.aeadSeal(input, plaintext))).toBe(direct);
    expect(toHex(node.aeadSeal(input, plaintext))).toBe(direct);
  });
});
