import { describe, expect, test } from "vitest";
import { concat, fromHex, toHex } from "../../../firmware/base/index.ts";
import { decode, encode } from "../../../firmware/cbor/index.ts";
import {
  credentialOf,
  keyIdOf,
  parseCredential,
  parsePublicKey,
  publicKeyOf,
  thumbprint,
} from "../../../firmware/cose/index.ts";
import { testCrypto } from "../../support/crypto.ts";

const crypto = testCrypto("cose keys");
const ed25519 = publicKeyOf("Ed25519", crypto.generateSigningKey("Ed25519").publicKey);
const es256 = publicKeyOf("ES256", crypto.generateSigningKey("ES256").publicKey);
const x = es256.raw.subarray(0, 32);
const y = es256.raw.subarray(32);

describe("a COSE_Key", () => {
  test("of an Ed25519 key holds kty, crv and x, in 40 bytes", () => {
    expect(toHex(ed25519.coseKey)).toBe(`a301012006215820${toHex(ed25519.raw)}`);
    expect(ed25519.coseKey).toEqual(encode(new Map<number, number | Uint8Array>([[1, 1], [-1, 6], [-2, ed25519.raw]])));
  });

  test("of a P-256 key holds kty, crv, x and y, in 75 bytes", () => {
    expect(toHex(es256.coseKey)).toBe(`a401022001215820${toHex(x)}225820${toHex(y)}`);
    expect(es256.coseKey).toEqual(encode(new Map<number, number | Uint8Array>([[1, 2], [-1, 1], [-2, x], [-3, y]])));
  });

  test.each([ed25519, es256])("is read back as the key it was made of", (key) => {
    expect(parsePublicKey(crypto, key.coseKey)).toEqual({ ok: true, value: key });
  });

  test("is kept as a copy of what was received", () => {
    const received = ed25519.coseKey.slice();
    const parsed = parsePublicKey(crypto, received);
    received.fill(0);
    expect(parsed).toEqual({ ok: true, value: ed25519 });
  });

  test.each<[string, Map<number | string, unknown>]>([
    ["a kid", new Map<number, unknown>([[1, 1], [2, Uint8Array.of(1)], [-1, 6], [-2, ed25519.raw]])],
    ["an alg", new Map<number, unknown>([[1, 1], [3, -19], [-1, 6], [-2, ed25519.raw]])],
    ["key_ops", new Map<number, unknown>([[1, 1], [4, [2]], [-1, 6], [-2, ed25519.raw]])],
    ["a private part", new Map<number, unknown>([[1, 1], [-1, 6], [-2, ed25519.raw], [-4, new Uint8Array(32)]])],
    ["a private part of P-256", new Map<number, unknown>([[1, 2], [-1, 1], [-2, x], [-3, y], [-4, new Uint8Array(32)]])],
    ["X25519", new Map<number, unknown>([[1, 1], [-1, 4], [-2, ed25519.raw]])],
    ["Ed25519 as EC2", new Map<number, unknown>([[1, 2], [-1, 6], [-2, ed25519.raw]])],
    ["another curve of EC2", new Map<number, unknown>([[1, 2], [-1, 2], [-2, x], [-3, y]])],
    ["no crv", new Map<number, unknown>([[1, 1], [-2, ed25519.raw]])],
    ["no y", new Map<number, unknown>([[1, 2], [-1, 1], [-2, x]])],
    ["a compressed y", new Map<number, unknown>([[1, 2], [-1, 1], [-2, x], [-3, true]])],
    ["a short x", new Map<number, unknown>([[1, 1], [-1, 6], [-2, ed25519.raw.subarray(1)]])],
    ["a long x", new Map<number, unknown>([[1, 1], [-1, 6], [-2, concat(ed25519.raw, Uint8Array.of(0))]])],
    ["a text label", new Map<number | string, unknown>([[1, 1], [-1, 6], [-2, ed25519.raw], ["d", 1]])],
  ])("with %s is refused", (_what, map) => {
    const bytes = encode(map as never);
    expect(decode(bytes).ok).toBe(true);
    expect(parsePublicKey(crypto, bytes)).toEqual({ ok: false, error: "malformed" });
  });

  test.each([
    ["map keys out of order", `a30101215820${toHex(ed25519.raw)}2006`],
    ["a trailing byte", `a301012006215820${toHex(ed25519.raw)}00`],
    ["a private part in the place of y", `a401022001215820${toHex(x)}235820${toHex(y)}`],
    ["a short y", `a401022001215820${toHex(x)}22581f${toHex(y)}`],
    ["a longer head", `a30101200621590020${toHex(ed25519.raw)}`],
    ["nothing", ""],
  ])("with %s is refused", (_what, hex) => {
    expect(parsePublicKey(crypto, fromHex(hex)!)).toEqual({ ok: false, error: "malformed" });
  });

  test.each([
    ["Ed25519", publicKeyOf("Ed25519", Uint8Array.of(1, ...new Uint8Array(31)))],
    ["Ed25519", publicKeyOf("Ed25519", new Uint8Array(32).fill(0xff))],
    ["ES256", publicKeyOf("ES256", new Uint8Array(64))],
    ["ES256", publicKeyOf("ES256", concat(x, x))],
  ] as const)("of %s that no signature can be trusted under is refused", (_algorithm, key) => {
    expect(parsePublicKey(crypto, key.coseKey)).toEqual({ ok: false, error: "unacceptable-key" });
  });

  test.each([["Ed25519", 31], ["Ed25519", 64], ["ES256", 32], ["ES256", 65]] as const)("is not made of an %s key of %d bytes", (algorithm, length) => {
    expect(() => publicKeyOf(algorithm, new Uint8Array(length))).toThrow("raw");
  });
});

describe("the thumbprint of a key", () => {
  test("agrees with the example of RFC 9679 section 5.6", () => {
    const raw = fromHex(
      "65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d" +
        "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c",
    )!;
    expect(toHex(thumbprint(crypto, publicKeyOf("ES256", raw)))).toBe(
      "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec",
    );
  });

  test("begins with the key id", () => {
    expect(keyIdOf(crypto, ed25519)).toEqual(thumbprint(crypto, ed25519).subarray(0, 8));
    expect(keyIdOf(crypto, ed25519)).not.toEqual(keyIdOf(crypto, es256));
  });
});

describe("the credential of a bare key", () => {
  test.each([ed25519, es256])("is a claims set with nothing but the key", (key) => {
    const credential = credentialOf(key.coseKey);
    expect(toHex(credential)).toBe(`a108a101${toHex(key.coseKey)}`);
    expect(parseCredential(crypto, credential)).toEqual({ ok: true, value: key });
  });

  test.each([
    ["a subject", `a2026161` + `08a101${toHex(ed25519.coseKey)}`],
    ["another confirmation", `a108a103${toHex(ed25519.coseKey)}`],
    ["two confirmations", `a108a201${toHex(ed25519.coseKey)}034101`],
    ["a trailing byte", `a108a101${toHex(ed25519.coseKey)}00`],
    ["no key", `a108a101`],
    ["nothing", ``],
  ])("with %s is refused", (_what, hex) => {
    expect(parseCredential(crypto, fromHex(hex)!)).toEqual({ ok: false, error: "malformed" });
  });
});
