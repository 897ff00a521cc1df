import { describe, expect, it } from "vitest";
import { shortLived } from "../../../firmware/base/index.ts";

const LENGTHS = [0, 1, 64, 65, 200, 1026, 2048, 2049, 9000];

describe("bytes for something short-lived", () => {
  it("are as many as were asked for, zero, and nobody else's", () => {
    const pieces = Array.from({ length: 200 }, (_, index) => {
      const piece = shortLived(LENGTHS[index % LENGTHS.length]!);
      expect(piece).toEqual(new Uint8Array(LENGTHS[index % LENGTHS.length]!));
      return piece.fill(index);
    });
    pieces.forEach((piece, index) => expect(piece.every((byte) => byte === index)).toBe(true));
  });

  it("do not keep more than a few kilobytes in memory", () => {
    for (const length of LENGTHS) expect(shortLived(length).buffer.byteLength).toBeLessThanOrEqual(Math.max(8192, length));
  });
});
