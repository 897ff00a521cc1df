import { compareBytes, err, ok, utf8Decode, type Result } from "../base/index.ts";
import { CborTag, type CborFault, type CborItem, type CborKey, type CborValue } from "./value.ts";

/** Nesting that a reader allows; deeper input is refused before it costs stack. */
export const CBOR_DEPTH_MAX = 8;

/** Exactly one deterministic item; anything else, trailing bytes included, is refused. Byte strings are copies. */
export function decode(bytes: Uint8Array): Result<CborValue, CborFault> {
  const item = decodeItem(bytes, 0);
  if (!item.ok) return item;
  return item.value.end === bytes.length ? ok(item.value.value) : err("trailing");
}

/** The item that starts at `offset`, with its byte range; what follows it is not looked at. */
export function decodeItem(bytes: Uint8Array, offset: number): Result<CborItem, CborFault> {
  try {
    const reader = new Reader(bytes, offset);
    const value = reader.item(0);
    return ok({ value, start: offset, end: reader.offset });
  } catch (fault) {
    if (fault instanceof Refused) return err(fault.fault);
    throw fault;
  }
}

/** All items of a CBOR sequence (RFC 8742), at most `itemsMax`, with their byte ranges. */
export function decodeSequence(bytes: Uint8Array, itemsMax: number): Result<readonly CborItem[], CborFault> {
  const items: CborItem[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    if (items.length === itemsMax) return err("trailing");
    const item = decodeItem(bytes, offset);
    if (!item.ok) return item;
    items.push(item.value);
    offset = item.value.end;
  }
  return ok(items);
}

/** Internal to this file: unwinds the recursive reader, never escapes it. */
class Refused extends Error {
  constructor(readonly fault: CborFault) {
    super(fault);
  }
}

class Reader {
  offset: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    this.offset = offset;
  }

  item(depth: number): CborValue {
    if (depth > CBOR_DEPTH_MAX) throw new Refused("too-deep");
    const initial = this.byte();
    const major = initial >> 5;
    if (major === 7) return this.simple(initial);
    const argument = this.argument(initial & 31);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return argument === Number.MAX_SAFE_INTEGER ? this.refuse("too-large") : -1 - argument;
      case 2:
        return this.take(argument).slice();
      case 3:
        return utf8Decode(this.take(argument)) ?? this.refuse("invalid-utf8");
      case 4:
        return this.array(argument, depth);
      case 5:
        return this.map(argument, depth);
      default:
        return new CborTag(argument, this.item(depth + 1));
    }
  }

  private simple(initial: number): boolean | null {
    if (initial === 0xf4) return false;
    if (initial === 0xf5) return true;
    if (initial === 0xf6) return null;
    return this.refuse("unsupported");
  }

  private argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) return this.refuse("non-canonical");
    const length = 1 << (info - 24);
    let value = 0;
    for (const byte of this.take(length)) value = value * 256 + byte;
    if (value < [24, 0x100, 0x10000, 0x100000000][info - 24]!) return this.refuse("non-canonical");
    return Number.isSafeInteger(value) ? value : this.refuse("too-large");
  }

  private array(count: number, depth: number): CborValue[] {
    if (count > this.bytes.length - this.offset) return this.refuse("truncated");
    const items: CborValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.item(depth + 1));
    return items;
  }

  private map(count: number, depth: number): Map<CborKey, CborValue> {
    if (2 * count > this.bytes.length - this.offset) return this.refuse("truncated");
    const entries = new Map<CborKey, CborValue>();
    let previous: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const start = this.offset;
      const key = this.item(depth + 1);
      if (typeof key !== "number" && typeof key !== "string") return this.refuse("unsupported");
      const encoded = this.bytes.subarray(start, this.offset);
      if (previous !== undefined) {
        const order = compareBytes(previous, encoded);
        if (order === 0) return this.refuse("duplicate-key");
        if (order > 0) return this.refuse("non-canonical");
      }
      previous = encoded;
      entries.set(key, this.item(depth + 1));
    }
    return entries;
  }

  private byte(): number {
    return this.bytes[this.offset++] ?? this.refuse("truncated");
  }

  private take(length: number): Uint8Array {
    if (length > this.bytes.length - this.offset) return this.refuse("truncated");
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  private refuse(fault: CborFault): never {
    throw new Refused(fault);
  }
}
