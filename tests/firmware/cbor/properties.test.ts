import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import {
  CborTag,
  decode,
  decodeItem,
  decodeMap,
  encode,
  encodeSequence,
  decodeSequence,
  type CborKey,
  type CborValue,
} from "../../../firmware/cbor/index.ts";

const options = { seed: 20200923, numRuns: 2000 };

const key: fc.Arbitrary<CborKey> = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -30, max: 30 }), fc.string({ unit: "grapheme" }));
const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
      fc.integer({ min: -300, max: 300 }).map((n) => n + 0),
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: "grapheme" }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((entries) => new Map(entries.map(([k, v]) => [k === 0 ? 0 : k, v]))),
    fc.tuple(fc.nat(), tie("value")).map(([tag, content]) => new CborTag(tag, content)),
  ),
}));

test("what is encoded decodes to itself", () => {
  fc.assert(
    fc.property(value, (original) => {
      expect(decode(encode(original))).toEqual({ ok: true, value: original });
    }),
    options,
  );
});

test("whatever decodes encodes to the same bytes, so no two encodings mean the same", () => {
  let accepted = 0;
  fc.assert(
    fc.property(value, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }), (original, edits) => {
      const bytes = encode(original);
      for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
      const decoded = decode(bytes);
      if (!decoded.ok) return;
      accepted++;
      expect(toHex(encode(decoded.value))).toBe(toHex(bytes));
    }),
    { ...options, numRuns: 5000 },
  );
  expect(accepted).toBeGreaterThan(1000);
});

test("random bytes are decoded or refused, never anything else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const decoded = decode(bytes);
      if (decoded.ok) expect(encode(decoded.value)).toEqual(bytes);
    }),
    { ...options, numRuns: 20000 },
  );
});

test("no proper prefix of an item is an item, and nothing may follow one", () => {
  fc.assert(
    fc.property(value, fc.nat(), fc.nat(255), (original, at, extra) => {
      const bytes = encode(original);
      expect(decode(bytes.subarray(0, at % bytes.length)).ok).toBe(false);
      expect(decode(Uint8Array.of(...bytes, extra))).toEqual({ ok: false, error: "trailing" });
    }),
    options,
  );
});

test("a sequence gives its items back, each with the range of its own encoding", () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), (values) => {
      const bytes = encodeSequence(...values);
      const items = decodeSequence(bytes, 6);
      expect(items.ok && items.value.map((item) => item.value)).toEqual(values);
      if (items.ok) for (const item of items.value) expect(encode(item.value)).toEqual(bytes.subarray(item.start, item.end));
    }),
    { ...options, numRuns: 500 },
  );
});

test("the map reader agrees with the decoder, and its ranges hold the values", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 6 }), (entries) => {
      const bytes = encode(new Map(entries));
      const map = decodeMap(bytes);
      const plain = decode(bytes);
      expect(map.ok && new Map([...map.value].map(([k, item]) => [k, item.value]))).toEqual(plain.ok && plain.value);
      if (map.ok) for (const item of map.value.values()) expect(decodeItem(bytes, item.start)).toEqual({ ok: true, value: item });
    }),
    options,
  );
});
