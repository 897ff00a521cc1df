import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8Encode } from "../../../firmware/base/index.ts";
import { CborTag, encode, type CborValue } from "../../../firmware/cbor/index.ts";
import {
  encStructure,
  parseSign1,
  publicKeyOf,
  sigStructure,
  signSign1,
  verifySign1,
  type CoseFault,
} from "../../../firmware/cose/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { seededRandom } from "../../support/random.ts";

const crypto = createNodeCrypto({ random: seededRandom("cose sign1") });
const kid = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const payload = utf8Encode("payload");
const externalAad = utf8Encode("external");
const signers = (["Ed25519", "ES256"] as const).map((algorithm) => {
  const key = crypto.generateSigningKey(algorithm);
  return { algorithm, key, publicKey: publicKeyOf(algorithm, key.publicKey) };
});
const [ed25519, es256] = signers as [(typeof signers)[0], (typeof signers)[0]];

function parsed(bytes: Uint8Array) {
  const object = parseSign1(bytes);
  if (!object.ok) throw new Error(object.error);
  return object.value;
}

const faultOf = (bytes: Uint8Array): CoseFault | undefined => {
  const object = parseSign1(bytes);
  return object.ok ? undefined : object.error;
};

describe("the structures that signatures and tags cover", () => {
  test("are those of RFC 9052", () => {
    const header = fromHex("a10126")!;
    expect(sigStructure(header, externalAad, payload)).toEqual(encode(["Signature1", header, externalAad, payload]));
    expect(encStructure(header, externalAad)).toEqual(encode(["Encrypt0", header, externalAad]));
    expect(toHex(encStructure(new Uint8Array(0), new Uint8Array(32)))).toBe(`8368456e63727970743040${"5820"}${"00".repeat(32)}`);
  });

  test("agree with the example of RFC 9052 appendix C.2.1", () => {
    const message = sigStructure(fromHex("a10126")!, new Uint8Array(0), utf8Encode("This is the content."));
    expect(toHex(message)).toBe("846a5369676e61747572653143a101264054546869732069732074686520636f6e74656e742e");
    const raw = fromHex(
      "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff" +
        "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e",
    )!;
    const signature = fromHex(
      "8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e" +
        "2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36",
    )!;
    expect(crypto.verify("ES256", raw, message, signature)).toBe(true);
  });
});

describe.each(signers)("a COSE_Sign1 by $algorithm", ({ key, publicKey }) => {
  const bytes = signSign1(crypto, key, { kid, payload, externalAad });

  test("names its key and carries its payload before anything is verified", () => {
    expect(parsed(bytes)).toMatchObject({ algorithm: key.algorithm, kid, payload });
  });

  test("verifies under its key and external data alone", () => {
    expect(verifySign1(crypto, parsed(bytes), publicKey, externalAad)).toBe(true);
    expect(verifySign1(crypto, parsed(bytes), publicKey)).toBe(false);
    expect(verifySign1(crypto, parsed(bytes), publicKey, payload)).toBe(false);
    for (const other of ["Ed25519", "ES256"] as const) {
      const stranger = publicKeyOf(other, crypto.generateSigningKey(other).publicKey);
      expect(verifySign1(crypto, parsed(bytes), stranger, externalAad)).toBe(false);
    }
  });

  test("without kid and external data verifies too", () => {
    const bare = parsed(signSign1(crypto, key, { payload }));
    expect(bare.kid).toBeUndefined();
    expect(verifySign1(crypto, bare, publicKey)).toBe(true);
  });

  test("does not survive a changed bit anywhere", () => {
    for (let bit = 0; bit < 8 * bytes.length; bit += bit % 8 === 7 ? 1 : 7) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const object = parseSign1(flipped);
      expect(object.ok && verifySign1(crypto, object.value, publicKey, externalAad)).toBe(false);
    }
  });
});

describe("a COSE_Sign1 is refused", () => {
  const good = parsed(signSign1(crypto, ed25519.key, { kid, payload }));
  const headerOf = (...entries: [number | string, CborValue][]) => encode(new Map(entries));
  const withHeader = (header: Uint8Array) => encode([header, new Map(), payload, good.signature]);

  test.each<[string, CborValue]>([
    ["tagged", new CborTag(18, [good.protectedHeader, new Map(), payload, good.signature])],
    ["of three parts", [good.protectedHeader, new Map(), payload]],
    ["of five parts", [good.protectedHeader, new Map(), payload, good.signature, 0]],
    ["with an unprotected header", [good.protectedHeader, new Map([[4, kid]]), payload, good.signature]],
    ["with a list for unprotected header", [good.protectedHeader, [], payload, good.signature]],
    ["with a header that is a map", [new Map([[1, -19]]), new Map(), payload, good.signature]],
    ["with a detached payload", [good.protectedHeader, new Map(), null, good.signature]],
    ["with a short signature", [good.protectedHeader, new Map(), payload, good.signature.subarray(1)]],
    ["with a long signature", [good.protectedHeader, new Map(), payload, new Uint8Array(65)]],
    ["with a text signature", [good.protectedHeader, new Map(), payload, "a".repeat(64)]],
    ["that is a number", 1],
  ])("%s", (_what, value) => {
    expect(faultOf(encode(value))).toBe("malformed");
  });

  test.each<[string, Uint8Array]>([
    ["empty", new Uint8Array(0)],
    ["an empty map", headerOf()],
    ["without alg", headerOf([4, kid])],
    ["with crit", headerOf([1, -19], [2, [4]])],
    ["with a content type", headerOf([1, -19], [3, 61], [4, kid])],
    ["with a text label", headerOf([1, -19], ["kid", kid])],
    ["with a number for kid", headerOf([1, -19], [4, 1])],
    ["no map", encode([1, -19])],
    ["not deterministic", fromHex("a10139 0012".replace(" ", ""))!],
  ])("whose protected header is %s", (_what, header) => {
    expect(faultOf(withHeader(header))).toBe("malformed");
  });

  test.each([-8, -7, -37, 5, 24, 0])("whose algorithm is %d", (algorithm) => {
    expect(faultOf(withHeader(headerOf([1, algorithm], [4, kid])))).toBe("unsupported-algorithm");
  });

  test("whose algorithm is a name", () => {
    expect(faultOf(withHeader(headerOf([1, "Ed25519"])))).toBe("unsupported-algorithm");
  });

  test("with trailing bytes", () => {
    expect(faultOf(Uint8Array.of(...withHeader(good.protectedHeader), 0))).toBe("malformed");
    expect(faultOf(withHeader(good.protectedHeader))).toBeUndefined();
  });

  test("when its algorithm is not that of the key", () => {
    expect(verifySign1(crypto, { ...good, algorithm: "ES256" }, ed25519.publicKey)).toBe(false);
    expect(verifySign1(crypto, good, es256.publicKey)).toBe(false);
  });
});
