import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { encode, type CborValue } from "../../../firmware/cbor/index.ts";
import {
  COMMAND_NUMBERS,
  decodeCarMessage,
  decodeCommand,
  encodeCarMessage,
  encodeCommand,
  MESSAGE_BYTES_MAX,
  type Command,
} from "../../../firmware/wire/index.ts";
import { Draw } from "./generators.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

describe("commands", () => {
  it("come back as they were, whatever the arguments", () => {
    const draw = new Draw("commands");
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const command = draw.command();
      seen.add(command.kind);
      expect(decodeCommand(encodeCommand(command)), JSON.stringify(command)).toEqual({ ok: true, value: command });
    }
    expect(seen).toEqual(new Set(Object.keys(COMMAND_NUMBERS)));
  });

  it("take few bytes: an unlock is two", () => {
    expect(toHex(encodeCommand({ kind: "unlock" }))).toBe("8101");
    expect(toHex(encodeCommand({ kind: "lock", forced: true, use: 3 }))).toBe("8302f503");
    expect(toHex(encodeCommand({ kind: "status" }))).toBe("8105");
  });

  it("are refused when cut anywhere, extended or given one more argument", () => {
    const draw = new Draw("cuts");
    for (let i = 0; i < 300; i++) {
      const encoded = encodeCommand(draw.command());
      for (let cut = 0; cut < Math.min(encoded.length, 60); cut++) expect(decodeCommand(encoded.subarray(0, cut)).ok).toBe(false);
      expect(decodeCommand(Uint8Array.of(...encoded, 0)).ok).toBe(false);
    }
  });

  it("never throw nor come back changed after a flipped bit", () => {
    const draw = new Draw("flips");
    for (let i = 0; i < 150; i++) {
      const encoded = encodeCommand(draw.command());
      for (let bit = 0; bit < Math.min(encoded.length, 80) * 8; bit++) {
        const flipped = encoded.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const decoded = decodeCommand(flipped);
        if (decoded.ok) expect(toHex(encodeCommand(decoded.value))).toBe(toHex(flipped));
      }
    }
  });

  const refused: readonly (readonly [string, CborValue])[] = [
    ["no array", 1],
    ["an empty array", []],
    ["an unknown number", [19]],
    ["number 0", [0]],
    ["a text for a number", ["1"]],
    ["use 0", [1, 0]],
    ["a use beyond 32 bits", [1, 2 ** 32]],
    ["null for a use left out", [1, null]],
    ["two uses", [1, 1, 1]],
    ["lock without its flag", [2]],
    ["lock with a number for its flag", [2, 1]],
    ["lock with use 0", [2, false, 0]],
    ["lock with three arguments", [2, false, 1, 1]],
    ["an argument to status", [5, 0]],
    ["a short proof", [6, "phone", bytes(31), bytes(40)]],
    ["an empty name", [6, "", bytes(32), bytes(40)]],
    ["a short recovery key", [6, "phone", bytes(32), bytes(39)]],
    ["pair with a fourth argument", [6, "phone", bytes(32), bytes(40), 1]],
    ["an unknown role", [7, 9, "phone", bytes(40)]],
    ["a name of 65 bytes", [7, 1, "x".repeat(65), bytes(40)]],
    ["a name of 33 two-byte letters", [7, 1, "é".repeat(33), bytes(40)]],
    ["a name with an escape", [7, 1, "a\u001b[2J", bytes(40)]],
    ["a name with a newline", [7, 1, "a\nb", bytes(40)]],
    ["a name that turns the writing", [7, 1, "a\u202eb", bytes(40)]],
    ["a name with a C1 control", [7, 1, "a\u0085b", bytes(40)]],
    ["a key of 76 bytes", [7, 1, "phone", bytes(76)]],
    ["a key id of 7 bytes", [8, bytes(7)]],
    ["revoke of two", [8, bytes(8), bytes(8)]],
    ["a cursor of 9 bytes", [9, bytes(9)]],
    ["no lines of log", [10, 0, 0]],
    ["too many lines of log", [10, 0, 257]],
    ["a negative sequence", [10, -1, 1]],
    ["an empty list", [11, new Uint8Array(0)]],
    ["valet mode by number", [13, 1]],
    ["no settings", [14, new Map()]],
    ["too many settings", [14, new Map(Array.from({ length: 33 }, (_, i) => [i, i]))]],
    ["settings that are an array", [14, [1]]],
    ["a negative pending id", [15, -1]],
    ["a time after year 9999", [18, 253402300800, false]],
    ["a time without its flag", [18, 1]],
  ];
  it.each(refused)("with %s are malformed", (_what, value) => {
    expect(decodeCommand(encode(value))).toEqual({ ok: false, error: "malformed" });
  });

  it("longer than a message are malformed", () => {
    const long: Command = { kind: "deliverList", list: bytes(MESSAGE_BYTES_MAX - 5) };
    expect(decodeCommand(encodeCommand(long)).ok).toBe(true);
    expect(decodeCommand(encodeCommand({ ...long, list: bytes(MESSAGE_BYTES_MAX - 4) })).ok).toBe(false);
  });
});

describe("car messages", () => {
  it("come back as they were", () => {
    const draw = new Draw("car messages");
    for (let i = 0; i < 2000; i++) {
      const message = draw.carMessage();
      expect(decodeCarMessage(encodeCarMessage(message))).toEqual({ ok: true, value: message });
    }
  });

  it("take few bytes: a plain yes is three", () => {
    expect(toHex(encodeCarMessage({ kind: "reply", code: 0, body: new Map() }))).toBe("a10000");
  });

  it("never throw nor come back changed after a flipped bit", () => {
    const draw = new Draw("car flips");
    for (let i = 0; i < 150; i++) {
      const encoded = encodeCarMessage(draw.carMessage());
      for (let bit = 0; bit < Math.min(encoded.length, 120) * 8; bit++) {
        const flipped = encoded.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const decoded = decodeCarMessage(flipped);
        if (decoded.ok) expect(toHex(encodeCarMessage(decoded.value))).toBe(toHex(flipped));
      }
    }
  });

  const refused: readonly (readonly [string, CborValue])[] = [
    ["no map", [0]],
    ["an empty map", new Map()],
    ["no code", new Map([[1, new Map([[1, 1]])]])],
    ["a code of four digits", new Map([[0, 1000]])],
    ["an empty body", new Map<number, CborValue>([[0, 0], [1, new Map()]])],
    ["a short ticket id", new Map<number, CborValue>([[0, 0], [2, [bytes(7), bytes(16)]]])],
    ["a ticket of three", new Map<number, CborValue>([[0, 0], [2, [bytes(8), bytes(16), 1]]])],
    ["a long resolving key", new Map<number, CborValue>([[0, 0], [3, bytes(17)]])],
    ["no notices", new Map<number, CborValue>([[0, 0], [4, []]])],
    ["a notice of an unknown kind", new Map<number, CborValue>([[0, 0], [4, [[1, 2, null, 1]]]])],
    ["a notice with a long target", new Map<number, CborValue>([[0, 0], [4, [[1, 0, bytes(33), 1]]]])],
    ["17 notices", new Map<number, CborValue>([[0, 0], [4, Array.from({ length: 17 }, () => [1, 1, null, 1])]])],
    ["an unknown part", new Map<number, CborValue>([[0, 0], [6, 0]])],
    ["a part named by text", new Map<number | string, CborValue>([[0, 0], ["x", 0]])],
    ["latches and a code", new Map<number, CborValue>([[0, 0], [5, new Map([["door", 0]])]])],
    ["no latches", new Map([[5, new Map()]])],
    ["17 latches", new Map([[5, new Map(Array.from({ length: 17 }, (_, i) => [`door${i}`, 0]))]])],
    ["an unknown latch state", new Map([[5, new Map([["door", 4]])]])],
    ["a latch without a name", new Map([[5, new Map([["", 0]])]])],
    ["a latch named by number", new Map([[5, new Map([[1, 0]])]])],
  ];
  it.each(refused)("with %s are malformed", (_what, value) => {
    expect(decodeCarMessage(encode(value))).toEqual({ ok: false, error: "malformed" });
  });
});
