import { describe, expect, it } from "vitest";
import { concat } from "../../../firmware/base/index.ts";
import { createRecordReader, decodeRecord, encodeRecord, RECORD_BYTES_MAX, type RadioRecord } from "../../../hal/socket-radio/records.ts";
import { seededRandom } from "../../support/random.ts";
import { hex } from "../crypto/vectors.ts";

const RECORDS: readonly (readonly [string, RadioRecord])[] = [
  ["0004 00 01 00f4", { kind: "hello", version: 1, attPayloadBytes: 244 }],
  ["0002 01 c4", { kind: "attPayload", bytes: Uint8Array.of(0xc4) }],
  ["000a 02 01 0102030405060708", { kind: "advertisement", identity: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), connectable: true }],
  ["0002 02 00", { kind: "advertisement", identity: new Uint8Array(0), connectable: false }],
  ["0001 03", { kind: "watch" }],
  ["0003 04 7b7d", { kind: "report", bytes: Uint8Array.of(0x7b, 0x7d) }],
  ["0005 00 01 00f4 01", { kind: "hello", version: 1, attPayloadBytes: 244, dialect: "tesla" }],
  ["0014 06 01 533161383761356137356633646638353843", { kind: "name", localName: "S1a87a5a75f3df858C", connectable: true }],
  ["0003 06 00 53", { kind: "name", localName: "S", connectable: false }],
  ["0001 07", { kind: "used" }],
  ["0002 05 d2", { kind: "list", bytes: Uint8Array.of(0xd2) }],
];

describe("a record of the socket radio", () => {
  it.each(RECORDS)("is laid out as documented: %s", (text, record) => {
    expect(encodeRecord(record)).toEqual(hex(text));
    expect(decodeRecord(hex(text).slice(2))).toEqual(record);
  });

  it("of a hello whose dialect byte says native is the one without that byte", () => {
    expect(decodeRecord(hex("00 01 00f4 00"))).toEqual({ kind: "hello", version: 1, attPayloadBytes: 244 });
  });

  it("carries an ATT payload of 1 to 512 bytes, not 0 and not 513", () => {
    for (const length of [1, 512]) expect(decodeRecord(concat(Uint8Array.of(1), new Uint8Array(length)))).toMatchObject({ kind: "attPayload" });
    for (const length of [0, 513]) expect(decodeRecord(concat(Uint8Array.of(1), new Uint8Array(length)))).toBeUndefined();
  });

  it.each(["", "00", "0001", "000100", "000100f402", "000100f40100", "02", "0202", `0201${"00".repeat(32)}`, "0300", "0301", "04", "05", "06", "0601", "060253", "06010a", "06017f", `0601${"53".repeat(30)}`, "0700", "ff00"])("is none where the bytes are %j", (text) => {
    expect(decodeRecord(hex(text))).toBeUndefined();
  });
});

describe("the record reader", () => {
  it("finds the same records however the stream is cut", () => {
    const stream = concat(...RECORDS.map(([text]) => hex(text)));
    for (let size = 1; size <= stream.length; size++) {
      const reader = createRecordReader();
      const found: RadioRecord[] = [];
      for (let offset = 0; offset < stream.length; offset += size) {
        reader.push(stream.subarray(offset, offset + size));
        for (let record = reader.next(); record !== "more"; record = reader.next()) {
          if (record === "malformed") throw new Error(`malformed at pieces of ${size}`);
          found.push(record);
        }
      }
      expect(found).toEqual(RECORDS.map(([, record]) => record));
      expect(reader.midRecord).toBe(false);
    }
  });

  it("knows that it holds part of a record", () => {
    const reader = createRecordReader();
    for (const byte of [0x00, 0x02, 0x01]) {
      reader.push(Uint8Array.of(byte));
      expect(reader.next()).toBe("more");
      expect(reader.midRecord).toBe(true);
    }
  });

  it("refuses a length of 0 or beyond the largest record before the record has come", () => {
    for (const length of [0, RECORD_BYTES_MAX + 1, 0xffff]) {
      const reader = createRecordReader();
      reader.push(Uint8Array.of(length >> 8, length & 0xff));
      expect(reader.next()).toBe("malformed");
    }
  });

  it("never throws on random bytes", () => {
    const random = seededRandom("records");
    for (let i = 0; i < 500; i++) {
      const reader = createRecordReader();
      const bytes = random.bytes(1 + (i % 60));
      bytes[0] = bytes[0]! & 1;
      reader.push(bytes);
      for (let count = 0, record = reader.next(); record !== "more" && record !== "malformed"; record = reader.next()) expect(count++).toBeLessThan(60);
    }
  });
});
