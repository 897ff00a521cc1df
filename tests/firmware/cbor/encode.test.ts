import { describe, expect, test } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { CborRaw, CborTag, encode, encodeHead, encodeSequence, type CborValue } from "../../../firmware/cbor/index.ts";

const hex = (value: CborValue): string => toHex(encode(value));

describe("the deterministic encoder", () => {
  // RFC 8949 appendix A, as far as this codec goes.
  test.each<[CborValue, string]>([
    [0, "00"],
    [-0, "00"],
    [23, "17"],
    [24, "1818"],
    [255, "18ff"],
    [256, "190100"],
    [65535, "19ffff"],
    [65536, "1a00010000"],
    [4294967295, "1affffffff"],
    [4294967296, "1b0000000100000000"],
    [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
    [-1, "20"],
    [-24, "37"],
    [-25, "3818"],
    [-256, "38ff"],
    [-257, "390100"],
    [-65537, "3a00010000"],
    [-4294967297, "3b0000000100000000"],
    [false, "f4"],
    [true, "f5"],
    [null, "f6"],
    [new Uint8Array(0), "40"],
    [Uint8Array.of(1, 2, 3, 4), "4401020304"],
    ["", "60"],
    ["IETF", "6449455446"],
    ["\u00fc\u6c34\u{10151}", "69c3bce6b0b4f0908591"],
    [["a\u00fc", "b"], "826361c3bc6162"],
    [[], "80"],
    [[1, [2, 3], [4, 5]], "8301820203820405"],
    [new Map(), "a0"],
    [new CborTag(18, "a"), "d26161"],
    [new CborTag(61, 1), "d83d01"],
    [new CborRaw(Uint8Array.of(0x82, 1, 2)), "820102"],
  ])("writes %o as %s", (value, expected) => {
    expect(hex(value)).toBe(expected);
  });

  test("sorts map keys by their encodings, whatever the order of insertion", () => {
    const map = new Map<number | string, CborValue>([["b", 1], ["aa", 2], [-2, 3], [-1, 4], [100, 5], [3, 6], [1, 7], [-65538, 8], [-65537, 9]]);
    expect(hex(map)).toBe("a9" + "0107" + "0306" + "186405" + "2004" + "2103" + "3a0001000009" + "3a0001000108" + "616201" + "62616102");
  });

  test("writes a sequence without a head", () => {
    expect(toHex(encodeSequence(2, [4, 5]))).toBe("02820405");
  });

  test.each([[1.5], [NaN], [Infinity], [2 ** 53], [-1.5], [-(2 ** 53)]])("refuses %d, which is no safe integer", (number) => {
    expect(() => encode(number)).toThrow("a CBOR number is a safe integer");
  });

  test("refuses a head with a negative argument", () => {
    expect(() => encodeHead(0, -1)).toThrow("safe non-negative integer");
  });

  test("refuses a map two of whose keys are written alike", () => {
    expect(() => encode(new Map([["\ud800", 1], ["\ufffd", 2]]))).toThrow("encoded alike");
  });
});
