import { createCipheriv, createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { toHex, utf8Encode } from "../../../firmware/base/index.ts";
import type { AeadAlgorithm, AeadInput, CryptoPort, RandomPort } from "../../../firmware/ports/index.ts";
import { seededRandom } from "../../support/random.ts";
import { AEAD, ED25519, ED25519_SMALL_ORDER, ES256, hex, HKDF_SHA256, HMAC_SHA256, P256_ECDH, X25519, X25519_LOW_ORDER } from "./vectors.ts";

const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const AEADS: readonly AeadAlgorithm[] = ["AES-CCM-16-64-128", "AES-CCM-16-128-128", "ChaCha20-Poly1305", "A128GCM"];
const CURVES = ["X25519", "P-256"] as const;
const SIGNATURES = ["Ed25519", "ES256"] as const;

/** Lengths around every boundary that a wrong-length argument could hide behind. */
const LENGTHS = [0, 1, 7, 8, 12, 13, 15, 16, 17, 31, 32, 33, 63, 64, 65, 128, 1000];

/** Key, nonce and additional data of the right sizes, drawn from `random`. */
export function aeadInput(algorithm: AeadAlgorithm, random: RandomPort, aadBytes = 11): AeadInput {
  const chacha = algorithm === "ChaCha20-Poly1305";
  return { algorithm, key: random.bytes(chacha ? 32 : 16), nonce: random.bytes(chacha || algorithm === "A128GCM" ? 12 : 13), aad: random.bytes(aadBytes) };
}

/** An Ed25519 signature with L added to S: the same signature to a verifier that does not check S < L. */
export function withSPlusOrder(signature: Uint8Array): Uint8Array {
  let s = 0n;
  for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i]!);
  s += L;
  const changed = signature.slice();
  for (let i = 32; i < 64; i++, s >>= 8n) changed[i] = Number(s & 0xffn);
  return changed;
}

/** Both forms of every small-order encoding: the sign bit may be anything. */
export function smallOrderKeys(): Uint8Array[] {
  return ED25519_SMALL_ORDER.flatMap((text) => {
    const signed = hex(text);
    signed[31] = signed[31]! | 0x80;
    return [hex(text), signed];
  });
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
  return changed;
}

/** What every crypto port promises. `create` gives a port over the given randomness. */
export function cryptoContract(create: (random: RandomPort) => CryptoPort): void {
  const crypto = create(seededRandom("contract"));
  describe("hashes", () => hashContract(crypto));
  describe("agreement", () => agreementContract(crypto));
  describe("signatures", () => signatureContract(crypto));
  describe("public keys", () => publicKeyContract(crypto));
  describe("AEAD", () => aeadContract(crypto));
  describe("keys", () => keyContract(create));
}

function hashContract(crypto: CryptoPort): void {
  it("hashes like SHA-256 at every length around a block", () => {
    for (const length of LENGTHS) {
      const data = seededRandom(`hash ${length}`).bytes(length);
      expect(toHex(crypto.sha256(data))).toBe(createHash("sha256").update(data).digest("hex"));
    }
  });

  it("hashes like SHA-1 (FIPS 180-4) where another protocol asks for it", () => {
    expect(toHex(crypto.sha1(utf8Encode("abc")))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
    for (const length of LENGTHS) {
      const data = seededRandom(`hash ${length}`).bytes(length);
      expect(toHex(crypto.sha1(data))).toBe(createHash("sha1").update(data).digest("hex"));
    }
    expect(crypto.sha1(hex("00")).constructor).toBe(Uint8Array);
  });

  it("gives the HMACs of RFC 4231", () => {
    for (const { key, data, tag } of HMAC_SHA256) expect(toHex(crypto.hmacSha256(hex(key), hex(data)))).toBe(tag);
  });

  it("extracts and expands as RFC 5869 does, apart from each other", () => {
    for (const { ikm, salt, info, prk, okm } of HKDF_SHA256) {
      expect(toHex(crypto.hmacSha256(hex(salt), hex(ikm)))).toBe(prk);
      expect(toHex(crypto.hkdfExpand(hex(prk), hex(info), okm.length / 2))).toBe(okm);
    }
  });

  it("expands to any length from 0 to 8160 bytes, a shorter output being the start of a longer one", () => {
    const prk = hex(HKDF_SHA256[0]!.prk);
    const longest = crypto.hkdfExpand(prk, hex("01"), 8160);
    for (const length of [0, 1, 31, 32, 33, 64, 88, 8159]) expect(crypto.hkdfExpand(prk, hex("01"), length)).toEqual(longest.slice(0, length));
    expect(() => crypto.hkdfExpand(prk, hex("01"), 8161)).toThrow("8160");
    expect(() => crypto.hkdfExpand(prk.slice(1), hex("01"), 1)).toThrow("at least 32 bytes");
  });

  it("gives plain byte arrays, whose slices are copies", () => {
    const digest = crypto.sha256(hex("00"));
    expect(digest.constructor).toBe(Uint8Array);
    expect(crypto.hmacSha256(hex("00"), hex("00")).constructor).toBe(Uint8Array);
    expect(crypto.hkdfExpand(digest, hex("00"), 32).constructor).toBe(Uint8Array);
  });
}

function agreementContract(crypto: CryptoPort): void {
  it("gives the shared secrets of RFC 7748", () => {
    for (const { scalar, u, shared } of X25519) expect(toHex(crypto.agree(crypto.importAgreementKey("X25519", hex(scalar))!, hex(u))!)).toBe(shared);
  });

  it("gives the P-256 secret of the NIST vector from the peer's x alone", () => {
    const own = crypto.importAgreementKey("P-256", hex(P256_ECDH.scalar))!;
    expect(toHex(own.publicKey)).toBe(P256_ECDH.publicX);
    expect(toHex(crypto.agree(own, hex(P256_ECDH.peerX))!)).toBe(P256_ECDH.shared);
  });

  it.each(CURVES)("gives both sides of %s the same secret", (curve) => {
    const [a, b] = [crypto.generateAgreementKey(curve), crypto.generateAgreementKey(curve)];
    const shared = crypto.agree(a, b.publicKey);
    expect(shared?.length).toBe(32);
    expect(crypto.agree(b, a.publicKey)).toEqual(shared);
    expect(a.publicKey).not.toEqual(b.publicKey);
    expect(shared!.constructor).toBe(Uint8Array);
  });

  it("refuses every X25519 peer of low order, also with bit 255 set", () => {
    const own = crypto.generateAgreementKey("X25519");
    for (const text of X25519_LOW_ORDER) {
      const signed = hex(text);
      signed[31] = signed[31]! | 0x80;
      expect(crypto.agree(own, hex(text)), text).toBeUndefined();
      expect(crypto.agree(own, signed), `${text} with bit 255`).toBeUndefined();
    }
  });

  it("refuses a P-256 peer whose x is on no point, or not below p", () => {
    const own = crypto.generateAgreementKey("P-256");
    expect(crypto.agree(own, hex("ff".repeat(32)))).toBeUndefined();
    // About half of all x are on the curve: both answers have to occur among these.
    const answers = Array.from({ length: 32 }, (_, i) => crypto.agree(own, seededRandom(`x ${i}`).bytes(32)) !== undefined);
    expect(new Set(answers).size).toBe(2);
  });

  it.each(CURVES)("refuses %s keys of a wrong length without throwing", (curve) => {
    const own = crypto.generateAgreementKey(curve);
    for (const length of LENGTHS.filter((length) => length !== 32)) {
      expect(crypto.agree(own, new Uint8Array(length).fill(9))).toBeUndefined();
      expect(crypto.importAgreementKey(curve, new Uint8Array(length).fill(9))).toBeUndefined();
    }
  });
}

function signatureContract(crypto: CryptoPort): void {
  it("makes the Ed25519 keys and signatures of RFC 8032", () => {
    for (const { seed, publicKey, message, signature } of ED25519) {
      const key = crypto.importSigningKey("Ed25519", hex(seed))!;
      expect(toHex(key.publicKey)).toBe(publicKey);
      expect(toHex(crypto.sign(key, hex(message)))).toBe(signature);
      expect(crypto.verify("Ed25519", hex(publicKey), hex(message), hex(signature))).toBe(true);
    }
  });

  it("verifies the ES256 signatures of RFC 6979, one with high S and one with low S", () => {
    const key = crypto.importSigningKey("ES256", hex(ES256.scalar))!;
    expect(toHex(key.publicKey)).toBe(ES256.publicKey);
    for (const { message, signature } of ES256.signatures) expect(crypto.verify("ES256", key.publicKey, utf8Encode(message), hex(signature))).toBe(true);
  });

  it.each(SIGNATURES)("verifies its own %s signatures and refuses any flipped bit of them, the message or the key", (algorithm) => {
    const key = crypto.generateSigningKey(algorithm);
    const message = utf8Encode("unlock");
    const signature = crypto.sign(key, message);
    expect(signature.length).toBe(64);
    expect(signature.constructor).toBe(Uint8Array);
    expect(crypto.verify(algorithm, key.publicKey, message, signature)).toBe(true);
    for (let bit = 0; bit < 512; bit += 37) expect(crypto.verify(algorithm, key.publicKey, message, flipped(signature, bit))).toBe(false);
    for (let bit = 0; bit < 48; bit += 11) expect(crypto.verify(algorithm, key.publicKey, flipped(message, bit), signature)).toBe(false);
    for (let bit = 0; bit < 8 * key.publicKey.length; bit += 37) {
      expect(crypto.verify(algorithm, flipped(key.publicKey, bit), message, signature)).toBe(false);
    }
  });

  it("refuses an Ed25519 signature whose S is not below L", () => {
    const key = crypto.generateSigningKey("Ed25519");
    const signature = crypto.sign(key, hex("01"));
    expect(crypto.verify("Ed25519", key.publicKey, hex("01"), withSPlusOrder(signature))).toBe(false);
  });

  it("refuses a forged Ed25519 signature under every small-order key", () => {
    // R the neutral point and S = 0 satisfy the equation for any message where the order of A divides the hash.
    const forged = new Uint8Array(64);
    forged[0] = 1;
    for (const publicKey of smallOrderKeys()) {
      for (let i = 0; i < 8; i++) expect(crypto.verify("Ed25519", publicKey, Uint8Array.of(i), forged), toHex(publicKey)).toBe(false);
    }
  });

  it("refuses ES256 signatures with r or s of zero or n", () => {
    const key = crypto.generateSigningKey("ES256");
    const signature = crypto.sign(key, hex("01"));
    for (const bad of ["00".repeat(32), "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "ff".repeat(32)]) {
      for (const at of [0, 32]) {
        const changed = signature.slice();
        changed.set(hex(bad), at);
        expect(crypto.verify("ES256", key.publicKey, hex("01"), changed)).toBe(false);
      }
    }
  });

  it("takes a key it knows under one algorithm for nothing under the other", () => {
    for (const [algorithm, other] of [["Ed25519", "ES256"], ["ES256", "Ed25519"]] as const) {
      const key = crypto.generateSigningKey(algorithm);
      const signature = crypto.sign(key, hex("01"));
      expect(crypto.verify(algorithm, key.publicKey, hex("01"), signature)).toBe(true);
      expect(crypto.verify(other, key.publicKey, hex("01"), signature)).toBe(false);
      expect(crypto.isAcceptablePublicKey(other, key.publicKey)).toBe(false);
    }
  });

  it.each(SIGNATURES)("answers false to %s keys and signatures of a wrong length", (algorithm) => {
    const key = crypto.generateSigningKey(algorithm);
    const signature = crypto.sign(key, hex("01"));
    for (const length of LENGTHS) {
      if (length !== 64) expect(crypto.verify(algorithm, key.publicKey, hex("01"), new Uint8Array(length).fill(1))).toBe(false);
      if (length !== key.publicKey.length) expect(crypto.verify(algorithm, new Uint8Array(length).fill(1), hex("01"), signature)).toBe(false);
    }
  });
}

function publicKeyContract(crypto: CryptoPort): void {
  it.each(SIGNATURES)("accepts the %s keys it makes", (algorithm) => {
    for (let i = 0; i < 5; i++) expect(crypto.isAcceptablePublicKey(algorithm, crypto.generateSigningKey(algorithm).publicKey)).toBe(true);
  });

  it("refuses all 14 small-order Ed25519 encodings", () => {
    const keys = smallOrderKeys();
    expect(keys.length).toBe(14);
    for (const publicKey of keys) expect(crypto.isAcceptablePublicKey("Ed25519", publicKey), toHex(publicKey)).toBe(false);
  });

  it("refuses every Ed25519 encoding whose y is not below p", () => {
    for (let low = 0xed; low <= 0xff; low++) {
      const publicKey = hex("ff".repeat(31) + "7f");
      publicKey[0] = low;
      expect(crypto.isAcceptablePublicKey("Ed25519", publicKey)).toBe(false);
      expect(crypto.isAcceptablePublicKey("Ed25519", flipped(publicKey, 255))).toBe(false);
    }
  });

  it("tells points of Ed25519 from other encodings as an independent library does", () => {
    const answers = new Set<boolean>();
    for (let i = 0; i < 32; i++) {
      const publicKey = seededRandom(`point ${i}`).bytes(32);
      publicKey[31] = publicKey[31]! & 0x7f;
      let onCurve = true;
      try {
        ed25519.Point.fromBytes(publicKey);
      } catch {
        onCurve = false;
      }
      answers.add(onCurve);
      expect(crypto.isAcceptablePublicKey("Ed25519", publicKey), toHex(publicKey)).toBe(onCurve);
    }
    expect(answers.size).toBe(2);
  });

  it("refuses ES256 points off the curve, at infinity or with coordinates not below p", () => {
    const good = hex(ES256.publicKey);
    for (const bit of [0, 255, 256, 511]) expect(crypto.isAcceptablePublicKey("ES256", flipped(good, bit))).toBe(false);
    expect(crypto.isAcceptablePublicKey("ES256", new Uint8Array(64))).toBe(false);
    expect(crypto.isAcceptablePublicKey("ES256", new Uint8Array(64).fill(0xff))).toBe(false);
  });

  it.each(SIGNATURES)("refuses %s keys of a wrong length", (algorithm) => {
    const expected = algorithm === "Ed25519" ? 32 : 64;
    for (const length of LENGTHS.filter((length) => length !== expected)) expect(crypto.isAcceptablePublicKey(algorithm, new Uint8Array(length).fill(5))).toBe(false);
  });
}

function aeadContract(crypto: CryptoPort): void {
  it("gives the ciphertexts of RFC 3610, RFC 8439 and the paper on GCM", () => {
    for (const vector of AEAD) {
      const input = { algorithm: vector.algorithm, key: hex(vector.key), nonce: hex(vector.nonce), aad: hex(vector.aad) };
      expect(toHex(crypto.aeadSeal(input, hex(vector.plaintext)))).toBe(vector.ciphertext);
      expect(toHex(crypto.aeadOpen(input, hex(vector.ciphertext))!)).toBe(vector.plaintext);
    }
  });

  it.each(AEADS)("opens what it sealed with %s, whatever the lengths", (algorithm) => {
    const random = seededRandom(algorithm);
    for (const length of [...LENGTHS, 4096]) {
      const input = aeadInput(algorithm, random, length % 40);
      const plaintext = random.bytes(length);
      const opened = crypto.aeadOpen(input, crypto.aeadSeal(input, plaintext));
      expect(opened).toEqual(plaintext);
      expect(opened!.constructor).toBe(Uint8Array);
    }
  });

  it.each(AEADS)("refuses any flipped bit of ciphertext, tag, nonce, key or additional data with %s", (algorithm) => {
    const input = aeadInput(algorithm, seededRandom(algorithm));
    const sealed = crypto.aeadSeal(input, utf8Encode("unlock"));
    for (let bit = 0; bit < 8 * sealed.length; bit += 5) expect(crypto.aeadOpen(input, flipped(sealed, bit))).toBeUndefined();
    for (const part of ["key", "nonce", "aad"] as const) expect(crypto.aeadOpen({ ...input, [part]: flipped(input[part], 3) }, sealed)).toBeUndefined();
  });

  it.each(AEADS)("refuses 200 forged tags on an empty ciphertext with %s", (algorithm) => {
    const random = seededRandom(algorithm);
    const input = aeadInput(algorithm, random);
    const tag = crypto.aeadSeal(input, new Uint8Array(0));
    expect(crypto.aeadOpen(input, tag)).toEqual(new Uint8Array(0));
    for (let i = 0; i < 200; i++) expect(crypto.aeadOpen(input, random.bytes(tag.length))).toBeUndefined();
  });

  it.each(AEADS)("refuses every truncation, an appended byte, and keys and nonces of a wrong length with %s", (algorithm) => {
    const input = aeadInput(algorithm, seededRandom(algorithm));
    const sealed = crypto.aeadSeal(input, utf8Encode("unlock"));
    for (let length = 0; length < sealed.length; length++) expect(crypto.aeadOpen(input, sealed.slice(0, length))).toBeUndefined();
    expect(crypto.aeadOpen(input, Uint8Array.of(...sealed, 0))).toBeUndefined();
    expect(crypto.aeadOpen(input, new Uint8Array(70_000))).toBeUndefined();
    for (const length of LENGTHS) {
      if (length !== input.key.length) expect(crypto.aeadOpen({ ...input, key: new Uint8Array(length) }, sealed)).toBeUndefined();
      if (length !== input.nonce.length) expect(crypto.aeadOpen({ ...input, nonce: new Uint8Array(length) }, sealed)).toBeUndefined();
    }
  });

  it("opens no more than 65535 bytes, with any algorithm, however well they are sealed", () => {
    const input = aeadInput("ChaCha20-Poly1305", seededRandom("long"));
    for (const [length, opens] of [[65_535, true], [65_536, false]] as const) {
      const cipher = createCipheriv("chacha20-poly1305", input.key, input.nonce, { authTagLength: 16 });
      cipher.setAAD(input.aad, { plaintextLength: length });
      const sealed = Uint8Array.from(Buffer.concat([cipher.update(new Uint8Array(length)), cipher.final(), cipher.getAuthTag()]));
      expect(crypto.aeadOpen(input, sealed) !== undefined).toBe(opens);
    }
    expect(() => crypto.aeadSeal(input, new Uint8Array(65_536))).toThrow("of its sizes");
  });

  it("tells the two tag lengths of AES-CCM apart", () => {
    const input = aeadInput("AES-CCM-16-128-128", seededRandom("tags"));
    const sealed = crypto.aeadSeal(input, utf8Encode("unlock"));
    expect(crypto.aeadOpen({ ...input, algorithm: "AES-CCM-16-64-128" }, sealed.slice(0, -8))).toBeUndefined();
    expect(crypto.aeadOpen({ ...input, algorithm: "AES-CCM-16-64-128" }, sealed)).toBeUndefined();
  });
}

function keyContract(create: (random: RandomPort) => CryptoPort): void {
  const crypto = create(seededRandom("keys"));

  it.each(SIGNATURES)("gets the same %s key back from its 32-byte storable form", (algorithm) => {
    const key = crypto.generateSigningKey(algorithm);
    const stored = crypto.exportSigningKey(key);
    expect(stored.length).toBe(32);
    const again = crypto.importSigningKey(algorithm, stored)!;
    expect(again.publicKey).toEqual(key.publicKey);
    expect(again.algorithm).toBe(algorithm);
    expect(crypto.exportSigningKey(again)).toEqual(stored);
    expect(crypto.verify(algorithm, key.publicKey, hex("07"), crypto.sign(again, hex("07")))).toBe(true);
  });

  it("refuses storable forms that are no private key", () => {
    for (const algorithm of SIGNATURES) {
      for (const length of LENGTHS.filter((length) => length !== 32)) expect(crypto.importSigningKey(algorithm, new Uint8Array(length).fill(1))).toBeUndefined();
    }
    const order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    for (const scalar of [new Uint8Array(32), order, new Uint8Array(32).fill(0xff)]) {
      expect(crypto.importSigningKey("ES256", scalar)).toBeUndefined();
      expect(crypto.importAgreementKey("P-256", scalar)).toBeUndefined();
    }
    expect(crypto.importSigningKey("ES256", flipped(order, 8 * 31))).toBeDefined();
  });

  it("takes every private key from the random port, so the same randomness gives the same keys", () => {
    const publicKeys = (port: CryptoPort) => [
      ...CURVES.map((curve) => toHex(port.generateAgreementKey(curve).publicKey)),
      ...SIGNATURES.map((algorithm) => toHex(port.generateSigningKey(algorithm).publicKey)),
    ];
    const first = publicKeys(create(seededRandom("one")));
    expect(publicKeys(create(seededRandom("one")))).toEqual(first);
    expect(new Set([...first, ...publicKeys(create(seededRandom("two")))]).size).toBe(8);
  });

  it("draws again when the randomness is no P-256 scalar, and gives up when it never is", () => {
    const draws = [new Uint8Array(32), new Uint8Array(32).fill(0xff), hex(ES256.scalar)];
    const key = create({ bytes: () => draws.shift()! }).generateSigningKey("ES256");
    expect(toHex(key.publicKey)).toBe(ES256.publicKey);
    expect(() => create({ bytes: (length) => new Uint8Array(length) }).generateAgreementKey("P-256")).toThrow("no P-256 scalar");
  });

  it("keeps no link to the bytes a key was imported from", () => {
    const seed = hex(ED25519[0]!.seed);
    const key = crypto.importSigningKey("Ed25519", seed)!;
    const scalar = hex(X25519[0]!.scalar);
    const agreement = crypto.importAgreementKey("X25519", scalar)!;
    seed.fill(0);
    scalar.fill(0);
    expect(toHex(crypto.sign(key, new Uint8Array(0)))).toBe(ED25519[0]!.signature);
    expect(toHex(crypto.agree(agreement, hex(X25519[0]!.u))!)).toBe(X25519[0]!.shared);
  });

  it("shows nothing of a private key in JSON or to whoever lists its properties", () => {
    const key = crypto.generateSigningKey("ES256");
    expect(Object.keys(key).sort()).toEqual(["algorithm", "publicKey"]);
    expect(Object.keys(crypto.generateAgreementKey("X25519")).sort()).toEqual(["curve", "publicKey"]);
  });

  it("refuses a key that another port made", () => {
    const foreign = { algorithm: "Ed25519", publicKey: new Uint8Array(32) } as const;
    expect(() => crypto.sign(foreign, new Uint8Array(0))).toThrow("goes back to the port that made it");
    expect(() => crypto.agree({ curve: "X25519", publicKey: new Uint8Array(32) }, new Uint8Array(32))).toThrow("goes back to the port that made it");
  });
}
