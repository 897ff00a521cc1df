import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../../firmware/base/index.ts";
import { BODY_BYTES_MAX, encodeCommand, FrameHunter } from "../../../hal/pn532/index.ts";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""))!;

/** A frame of the chip with `body`, made apart from the code under test. */
function chipFrame(body: Uint8Array): Uint8Array {
  const n = body.length;
  const head = n <= 255 ? [n, (256 - n) & 255] : [255, 255, n >> 8, n & 255, (512 - (n >> 8) - (n & 255)) & 255];
  return Uint8Array.of(0, 0, 255, ...head, ...body, (65_536 * 256 - body.reduce((a, b) => a + b, 0)) & 255, 0);
}

describe("the frames the driver sends", () => {
  it.each([
    ["02", "0000ff02fed4022a00"],
    ["14011401", "0000ff05fbd41401140102 00"],
    ["320101", "0000ff04fcd4320101f800"],
    ["3205ff0102", "0000ff06fad43205ff0102f300"],
    ["4a0100", "0000ff04fcd44a0100e100"],
    ["400100a404000a7465736c614c6f676963", "0000ff12eed4400100a404000a7465736c614c6f6769633200"],
    ["400100a404000af465736c614c6f676963", "0000ff12eed4400100a404000af465736c614c6f676963b200"],
    ["40018004000000", "0000ff08f8d44001800400000067 00"],
    ["5200", "0000ff03fdd45200da00"],
    ["1610", "0000ff03fdd416100600"],
  ])("carry command %s as published", (command, frame) => {
    expect(toHex(encodeCommand(hex(command)))).toBe(frame.replaceAll(" ", ""));
  });

  it("are extended where the body is longer than 255 bytes, and no longer than the chip takes", () => {
    expect(toHex(encodeCommand(new Uint8Array(254))).slice(0, 12)).toBe("0000ffff01d4");
    expect(toHex(encodeCommand(new Uint8Array(255))).slice(0, 18)).toBe("0000ffffff0100ffd4");
    expect(encodeCommand(new Uint8Array(BODY_BYTES_MAX - 1)).length).toBe(8 + BODY_BYTES_MAX + 2);
    expect(() => encodeCommand(new Uint8Array(BODY_BYTES_MAX))).toThrow("1 to 264 bytes, not 265");
    expect(() => encodeCommand(new Uint8Array(0))).toThrow(RangeError);
  });
});

describe("hunting for the chip's frames", () => {
  it("finds each kind of frame", () => {
    const found = new FrameHunter().push(hex("0000ff00ff00 0000ffff0000 0000ff01ff7f8100 0000ff06fad50332010607e800"));
    expect(found).toEqual([{ kind: "ack" }, { kind: "nack" }, { kind: "error" }, { kind: "answer", code: 0x03, data: hex("32010607") }]);
  });

  it("finds any answer behind any garbage, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: BODY_BYTES_MAX - 1 }),
        // Garbage that cannot itself begin a frame.
        fc.array(fc.integer({ min: 1, max: 254 }), { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
        (answer, garbage, cuts) => {
          const hunter = new FrameHunter();
          const line = concat(Uint8Array.from(garbage), chipFrame(concat(Uint8Array.of(0xd5), answer)), Uint8Array.from(garbage));
          const found = [];
          for (let at = 0, index = 0; at < line.length; index++) {
            const end = at + cuts[index % cuts.length]!;
            found.push(...hunter.push(line.slice(at, end)));
            at = end;
          }
          expect(found).toEqual([{ kind: "answer", code: answer[0], data: answer.slice(1) }]);
        },
      ),
    );
  });

  it("goes on behind a frame with a wrong check sum, a wrong length, or the host's own identifier", () => {
    const good = hex("0000ff02fed51516 00");
    expect(new FrameHunter().push(concat(hex("0000ff02fed5151700"), good))).toEqual([{ kind: "damaged" }, { kind: "answer", code: 0x15, data: hex("") }]);
    expect(new FrameHunter().push(concat(hex("0000ff02ffd5151600"), good))).toEqual([{ kind: "answer", code: 0x15, data: hex("") }]);
    expect(new FrameHunter().push(concat(hex("0000ff02fed4022a00"), good))).toEqual([{ kind: "answer", code: 0x15, data: hex("") }]);
  });

  it("does not wait for a length that no chip sends", () => {
    // An extended frame of 65,535 bytes, its length correctly summed.
    expect(new FrameHunter().push(hex("0000ffffffffff02 0000ff00ff00"))).toEqual([{ kind: "ack" }]);
  });

  it("takes any bytes without a fault", () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (pieces) => {
      const hunter = new FrameHunter();
      for (const piece of pieces) hunter.push(piece);
    }));
  });

  it("holds less than one frame of a flood of beginnings", () => {
    const hunter = new FrameHunter();
    for (let round = 0; round < 100; round++) hunter.push(hex("00ffffff0109f6".repeat(1000)));
    // What is held is at most one frame: after so many harmless bytes an answer comes through.
    hunter.push(new Uint8Array(BODY_BYTES_MAX + 10).fill(0xaa));
    expect(hunter.push(hex("0000ff00ff00"))).toEqual([{ kind: "ack" }]);
  });
});
