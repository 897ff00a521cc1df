import { assert, compareBytes, concat, utf8Encode } from "../base/index.ts";
import { CborRaw, CborTag, type CborValue } from "./value.ts";

/** Head of major type `major` with `argument`, shortest form (RFC 8949 section 3). Also used where only a head is wanted. */
export function encodeHead(major: number, argument: number): Uint8Array {
  assert(Number.isSafeInteger(argument) && argument >= 0, "a CBOR argument is a safe non-negative integer");
  const type = major << 5;
  if (argument < 24) return Uint8Array.of(type | argument);
  if (argument < 0x100) return Uint8Array.of(type | 24, argument);
  if (argument < 0x10000) return Uint8Array.of(type | 25, argument >> 8, argument & 0xff);
  if (argument < 0x100000000) {
    return Uint8Array.of(type | 26, argument >>> 24, (argument >>> 16) & 0xff, (argument >>> 8) & 0xff, argument & 0xff);
  }
  const high = Math.floor(argument / 0x100000000);
  const low = argument >>> 0;
  return concat(Uint8Array.of(type | 27), word(high), word(low));
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** Deterministic encoding of `value` (RFC 8949 section 4.2.1). Map keys are sorted by the bytes of their encodings. */
export function encode(value: CborValue): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return concat(...parts);
}

/** A CBOR sequence (RFC 8742): `values` one after another. */
export function encodeSequence(...values: readonly CborValue[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const value of values) write(value, parts);
  return concat(...parts);
}

function write(value: CborValue, parts: Uint8Array[]): void {
  if (typeof value === "number") {
    assert(Number.isSafeInteger(value), "a CBOR number is a safe integer");
    parts.push(value >= 0 ? encodeHead(0, value) : encodeHead(1, -1 - value));
  } else if (value instanceof Uint8Array) parts.push(encodeHead(2, value.length), value);
  else if (typeof value === "string") {
    const text = utf8Encode(value);
    parts.push(encodeHead(3, text.length), text);
  } else if (typeof value === "boolean") parts.push(Uint8Array.of(value ? 0xf5 : 0xf4));
  else if (value === null) parts.push(Uint8Array.of(0xf6));
  else if (value instanceof CborRaw) parts.push(value.bytes);
  else if (value instanceof CborTag) {
    parts.push(encodeHead(6, value.tag));
    write(value.value, parts);
  } else if (value instanceof Map) writeMap(value as ReadonlyMap<number | string, CborValue>, parts);
  else {
    const items = value as readonly CborValue[];
    parts.push(encodeHead(4, items.length));
    for (const item of items) write(item, parts);
  }
}

function writeMap(map: ReadonlyMap<number | string, CborValue>, parts: Uint8Array[]): void {
  const entries = [...map].map(([key, value]) => ({ key: encode(key), value }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  parts.push(encodeHead(5, entries.length));
  let previous: Uint8Array | undefined;
  for (const entry of entries) {
    // Two different strings can have one encoding: a lone surrogate is written as U+FFFD.
    assert(previous === undefined || compareBytes(previous, entry.key) < 0, "no two keys of a CBOR map are encoded alike");
    previous = entry.key;
    parts.push(entry.key);
    write(entry.value, parts);
  }
}
