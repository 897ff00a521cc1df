import { describe, expect, test } from "vitest";
import { concat, fromHex, toHex, utf8Encode } from "../../../firmware/base/index.ts";
import { CborTag, decode, encode, type CborValue } from "../../../firmware/cbor/index.ts";
import { encStructure, openEncrypt0, sealEncrypt0, SEQUENCE_MAX } from "../../../firmware/cose/index.ts";
import { seededRandom } from "../../support/random.ts";
import { testCrypto } from "../../support/crypto.ts";

const crypto = testCrypto("cose encrypt0");
const random = seededRandom("cose encrypt0 keys");
const keys = { key: random.bytes(32), iv: random.bytes(12) };
const plaintext = utf8Encode("unlock");

/** The same message by the book: general encoder, general nonce rule. */
function byTheBook(sequence: number, text: Uint8Array): Uint8Array {
  const partialIv = fromHex(sequence.toString(16).padStart(sequence > 0xffffff ? 8 : sequence > 0xffff ? 6 : sequence > 0xff ? 4 : 2, "0"))!;
  const nonce = concat(new Uint8Array(12 - partialIv.length), partialIv).map((byte, i) => byte ^ keys.iv[i]!);
  const aad = encode(["Encrypt0", fromHex("a1011818")!, new Uint8Array(0)]);
  const ciphertext = crypto.aeadSeal({ algorithm: "ChaCha20-Poly1305", key: keys.key, nonce, aad }, text);
  return encode([fromHex("a1011818")!, new Map([[6, partialIv]]), ciphertext]);
}

describe("a protected message", () => {
  test.each([0, 1, 23, 24, 255, 256, 65535, 65536, 16777215, 16777216, SEQUENCE_MAX])("number %d is the COSE_Encrypt0 of the profile", (sequence) => {
    const sealed = sealEncrypt0(crypto, keys, sequence, plaintext);
    expect(toHex(sealed)).toBe(toHex(byTheBook(sequence, plaintext)));
    expect(openEncrypt0(crypto, keys, sequence, sealed)).toEqual({ ok: true, value: plaintext });
  });

  test.each([0, 1, 7, 8, 239, 240, 4000])("may be %d bytes long", (length) => {
    const text = random.bytes(length);
    const sealed = sealEncrypt0(crypto, keys, 5, text);
    expect(sealed).toEqual(byTheBook(5, text));
    expect(openEncrypt0(crypto, keys, 5, sealed)).toEqual({ ok: true, value: text });
  });

  test("begins with the protected header and the shortest partial IV", () => {
    expect(toHex(sealEncrypt0(crypto, keys, 0, plaintext)).slice(0, 20)).toBe("8344a1011818a1064100");
  });

  test("covers the Enc_structure of RFC 9052 with nothing external", () => {
    expect(toHex(encStructure(fromHex("a1011818")!, new Uint8Array(0)))).toBe("8368456e637279707430" + "44a1011818" + "40");
  });

  test("opens as the next one of its direction only", () => {
    const sealed = sealEncrypt0(crypto, keys, 7, plaintext);
    for (const sequence of [0, 6, 8, 263, SEQUENCE_MAX, SEQUENCE_MAX + 1]) {
      expect(openEncrypt0(crypto, keys, sequence, sealed)).toEqual({ ok: false, error: "wrong-sequence" });
    }
  });

  test("with the partial IV rewritten to the number that is due does not open", () => {
    const sealed = sealEncrypt0(crypto, keys, 7, plaintext);
    sealed[9] = 8;
    expect(openEncrypt0(crypto, keys, 8, sealed)).toEqual({ ok: false, error: "forged" });
  });

  test("does not open under any other key or IV", () => {
    const sealed = sealEncrypt0(crypto, keys, 0, plaintext);
    expect(openEncrypt0(crypto, { ...keys, key: random.bytes(32) }, 0, sealed)).toEqual({ ok: false, error: "forged" });
    expect(openEncrypt0(crypto, { ...keys, iv: random.bytes(12) }, 0, sealed)).toEqual({ ok: false, error: "forged" });
  });

  test("does not survive a changed bit, a lost byte or an added one", () => {
    const sealed = sealEncrypt0(crypto, keys, 300, plaintext);
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const flipped = sealed.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(openEncrypt0(crypto, keys, 300, flipped).ok).toBe(false);
    }
    for (let length = 0; length < sealed.length; length++) expect(openEncrypt0(crypto, keys, 300, sealed.subarray(0, length)).ok).toBe(false);
    expect(openEncrypt0(crypto, keys, 300, concat(sealed, Uint8Array.of(0)))).toEqual({ ok: false, error: "malformed" });
  });

  const book = decode(byTheBook(0, plaintext));
  const ciphertext = book.ok ? (book.value as readonly CborValue[])[2]! : null;
  const header = fromHex("a1011818")!;
  const zero = new Map([[6, Uint8Array.of(0)]]);
  test.each<[string, CborValue]>([
    ["tagged", new CborTag(16, [header, zero, ciphertext])],
    ["with another algorithm", [fromHex("a10103")!, zero, ciphertext]],
    ["with kid in the protected header", [fromHex("a201181804 4101".replace(" ", ""))!, zero, ciphertext]],
    ["with a full IV", [header, new Map([[5, new Uint8Array(12)]]), ciphertext]],
    ["with two unprotected parameters", [header, new Map([[4, header], [6, Uint8Array.of(0)]]), ciphertext]],
    ["with a number for partial IV", [header, new Map([[6, 0]]), ciphertext]],
    ["with an empty partial IV", [header, new Map([[6, new Uint8Array(0)]]), ciphertext]],
    ["of four parts", [header, zero, ciphertext, []]],
    ["with a detached ciphertext", [header, zero, null]],
  ])("%s is refused", (_what, value) => {
    expect(openEncrypt0(crypto, keys, 0, encode(value))).toEqual({ ok: false, error: "malformed" });
  });

  test("with a longer form of its partial IV is not the next one", () => {
    expect(openEncrypt0(crypto, keys, 0, encode([header, new Map([[6, Uint8Array.of(0, 0)]]), ciphertext]))).toEqual({
      ok: false,
      error: "wrong-sequence",
    });
  });

  test.each([-1, 0.5, NaN, SEQUENCE_MAX + 1])("is not sealed under the number %d", (sequence) => {
    expect(() => sealEncrypt0(crypto, keys, sequence, plaintext)).toThrow("sequence number");
  });
});
