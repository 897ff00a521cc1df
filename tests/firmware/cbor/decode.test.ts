import { describe, expect, test } from "vitest";
import { fromHex, type Result } from "../../../firmware/base/index.ts";
import {
  byteStringAt,
  CBOR_DEPTH_MAX,
  CborTag,
  decode,
  decodeItem,
  decodeMap,
  decodeSequence,
  type CborFault,
  type CborValue,
} from "../../../firmware/cbor/index.ts";

const bytes = (hex: string): Uint8Array => fromHex(hex.replaceAll(" ", ""))!;
const faultOf = (result: Result<unknown, CborFault>): CborFault | undefined => (result.ok ? undefined : result.error);
const valueOf = <T>(result: Result<T, CborFault>): T | undefined => (result.ok ? result.value : undefined);

const REFUSED: readonly [what: string, hex: string, fault: CborFault][] = [
  ["nothing", "", "truncated"],
  ["a head without its argument", "19 01", "truncated"],
  ["a byte string that is cut", "43 01 02", "truncated"],
  ["a byte string longer than any input", "5b 001f ffff ffff ffff", "truncated"],
  ["a text that is cut", "62 61", "truncated"],
  ["an array that is cut", "82 01", "truncated"],
  ["an array of more items than there are bytes", "9a ffff ffff 01", "truncated"],
  ["a map that is cut after a key", "a1 01", "truncated"],
  ["a map of more entries than there are bytes", "ba ffff ffff 01 01", "truncated"],
  ["a tag without content", "d2", "truncated"],
  ["a second item", "01 02", "trailing"],
  ["an int that fits its head, in one byte more", "18 17", "non-canonical"],
  ["a byte-sized int in two bytes", "19 00ff", "non-canonical"],
  ["a two-byte int in four", "1a 0000 ffff", "non-canonical"],
  ["a four-byte int in eight", "1b 0000 0000 ffff ffff", "non-canonical"],
  ["a negative int with a long head", "38 17", "non-canonical"],
  ["a byte string with a long head", "58 01 00", "non-canonical"],
  ["a text with a long head", "78 01 61", "non-canonical"],
  ["an array with a long head", "98 01 00", "non-canonical"],
  ["a map with a long head", "b8 01 00 00", "non-canonical"],
  ["a tag with a long head", "d8 12 00", "non-canonical"],
  ["reserved length 28", "1c", "non-canonical"],
  ["reserved length 30", "5e", "non-canonical"],
  ["an int of indefinite length", "1f", "non-canonical"],
  ["a byte string of indefinite length", "5f 41 00 ff", "non-canonical"],
  ["a text of indefinite length", "7f 61 61 ff", "non-canonical"],
  ["an array of indefinite length", "9f 01 ff", "non-canonical"],
  ["a map of indefinite length", "bf 01 01 ff", "non-canonical"],
  ["map keys out of order", "a2 02 00 01 00", "non-canonical"],
  ["a negative key before a positive one", "a2 20 00 01 00", "non-canonical"],
  ["a longer text key before a shorter one", "a2 62 6161 00 61 62 00", "non-canonical"],
  ["a key twice", "a2 01 00 01 01", "duplicate-key"],
  ["a text key twice", "a2 61 61 00 61 61 00", "duplicate-key"],
  ["a byte string as key", "a1 41 01 00", "unsupported"],
  ["true as key", "a1 f5 00", "unsupported"],
  ["an array as key", "a1 80 00", "unsupported"],
  ["undefined", "f7", "unsupported"],
  ["a half float", "f9 3c00", "unsupported"],
  ["a float", "fa 3f80 0000", "unsupported"],
  ["a double", "fb 3ff0 0000 0000 0000", "unsupported"],
  ["a simple value", "e0", "unsupported"],
  ["a simple value in two bytes", "f8 20", "unsupported"],
  ["true in two bytes", "f8 15", "unsupported"],
  ["a break without a beginning", "ff", "unsupported"],
  ["2^53", "1b 0020 0000 0000 0000", "too-large"],
  ["2^53 + 1, which a double cannot hold", "1b 0020 0000 0000 0001", "too-large"],
  ["the largest 64-bit int", "1b ffff ffff ffff ffff", "too-large"],
  ["-2^53", "3b 001f ffff ffff ffff", "too-large"],
  ["overlong UTF-8", "62 c080", "invalid-utf8"],
  ["a surrogate in UTF-8", "63 eda080", "invalid-utf8"],
  ["UTF-8 beyond Unicode", "64 f4908080", "invalid-utf8"],
  ["cut UTF-8", "61 c3", "invalid-utf8"],
  ["a lone continuation byte", "61 80", "invalid-utf8"],
];

describe("the strict decoder", () => {
  test.each(REFUSED)("refuses %s", (_what, hex, fault) => {
    expect(faultOf(decode(bytes(hex)))).toBe(fault);
  });

  test.each(REFUSED.filter(([, hex]) => hex !== ""))("refuses %s inside an array too", (_what, hex, fault) => {
    expect(faultOf(decode(bytes(`81 ${hex}`)))).toBe(fault);
  });

  test.each<[string, CborValue]>([
    ["17", 23],
    ["1818", 24],
    ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["37", -24],
    ["3b001ffffffffffffe", -Number.MAX_SAFE_INTEGER],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["43010203", Uint8Array.of(1, 2, 3)],
    ["69c3bce6b0b4f0908591", "\u00fc\u6c34\u{10151}"],
    ["820180", [1, []]],
    ["a2012061610c", new Map<number | string, CborValue>([[1, -1], ["a", 12]])],
    ["d23818", new CborTag(18, -25)],
  ])("reads %s", (hex, value) => {
    expect(decode(bytes(hex))).toEqual({ ok: true, value });
  });

  test("keeps the int 1 and the text 1 apart as keys", () => {
    expect(valueOf(decode(bytes("a2 01 00 61 31 01")))).toEqual(new Map<number | string, number>([[1, 0], ["1", 1]]));
  });

  test("gives byte strings as copies", () => {
    const input = bytes("41 07");
    const value = valueOf(decode(input)) as Uint8Array;
    input[1] = 9;
    expect(value).toEqual(Uint8Array.of(7));
  });

  test.each([["81"], ["a100"], ["d2"]])("nests %s to its limit and no deeper", (level) => {
    expect(faultOf(decode(bytes(level.repeat(CBOR_DEPTH_MAX) + "00")))).toBeUndefined();
    expect(faultOf(decode(bytes(level.repeat(CBOR_DEPTH_MAX + 1) + "00")))).toBe("too-deep");
    expect(faultOf(decode(bytes(level.repeat(100_000) + "00")))).toBe("too-deep");
  });

  test("reads one item at an offset and leaves what follows alone", () => {
    expect(decodeItem(bytes("ff 82 01 02 1c"), 1)).toEqual({ ok: true, value: { value: [1, 2], start: 1, end: 4 } });
    expect(faultOf(decodeItem(bytes("01"), 1))).toBe("truncated");
    expect(faultOf(decodeItem(bytes("01"), 7))).toBe("truncated");
  });

  test("reads a sequence with the range of each item, up to a stated number", () => {
    const sequence = bytes("01 42 0203 80");
    expect(decodeSequence(sequence, 3)).toEqual({
      ok: true,
      value: [
        { value: 1, start: 0, end: 1 },
        { value: Uint8Array.of(2, 3), start: 1, end: 4 },
        { value: [], start: 4, end: 5 },
      ],
    });
    expect(faultOf(decodeSequence(sequence, 2))).toBe("trailing");
    expect(faultOf(decodeSequence(bytes("01 18"), 9))).toBe("truncated");
    expect(decodeSequence(new Uint8Array(0), 0)).toEqual({ ok: true, value: [] });
  });
});

describe("a map with the ranges of its values", () => {
  test("gives each value where it lies", () => {
    const entries = valueOf(decodeMap(bytes("a2 01 43 010203 61 61 81 05")))!;
    expect(entries.get(1)).toEqual({ value: Uint8Array.of(1, 2, 3), start: 2, end: 6 });
    expect(entries.get("a")).toEqual({ value: [5], start: 8, end: 10 });
  });

  test("is as strict as the decoder", () => {
    for (const [, hex, fault] of REFUSED.filter(([, hex]) => /^[ab]/.test(hex))) expect(faultOf(decodeMap(bytes(hex)))).toBe(fault);
    expect(faultOf(decodeMap(bytes("a1 01 02 00")))).toBe("trailing");
    expect(faultOf(decodeMap(bytes("80")))).toBe("wrong-type");
    expect(faultOf(decodeMap(bytes("a1 01 f7")))).toBe("unsupported");
    expect(faultOf(decodeMap(bytes("a1 01" + "81".repeat(CBOR_DEPTH_MAX) + "00")))).toBe("too-deep");
  });
});

describe("a byte string in place", () => {
  test("is found without copying", () => {
    expect(byteStringAt(bytes("00 58 18" + "aa".repeat(24) + "01"), 1)).toEqual({ ok: true, value: { start: 3, end: 27 } });
    expect(byteStringAt(bytes("40"), 0)).toEqual({ ok: true, value: { start: 1, end: 1 } });
  });

  test.each<[string, CborFault]>([
    ["", "truncated"],
    ["43 0102", "truncated"],
    ["58 17" + "00".repeat(23), "non-canonical"],
    ["5f 41 00 ff", "non-canonical"],
    ["60", "wrong-type"],
    ["01", "wrong-type"],
  ])("refuses %s", (hex, fault) => {
    expect(faultOf(byteStringAt(bytes(hex), 0))).toBe(fault);
  });
});
