import { compareBytes, err, ok, utf8Decode, type Result } from "../base/index.ts";
import { CborTag, type CborFault, type CborItem, type CborKey, type CborRange, type CborValue } from "./value.ts";

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
  return guarded(() => new Reader(bytes, offset).located(0));
}

/**
 * Exactly one deterministic map, with the byte range of each value, so that what was received can be hashed as it came.
 * `wrong-type` for an item that is no map.
 */
export function decodeMap(bytes: Uint8Array): Result<ReadonlyMap<CborKey, CborItem>, CborFault> {
  return guarded(() => {
    const reader = new Reader(bytes, 0);
    const entries = reader.locatedMap();
    return reader.offset === bytes.length ? entries : reader.refuse("trailing");
  });
}

/** Where the content of the byte string at `offset` lies; nothing is copied. It ends where its item ends. */
export function byteStringAt(bytes: Uint8Array, offset: number): Result<CborRange, CborFault> {
  return guarded(() => new Reader(bytes, offset).byteString());
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

function guarded<T>(read: () => T): Result<T, CborFault> {
  try {
    return ok(read());
  } catch (fault) {
    if (fault instanceof Refused) return err(fault.fault);
    throw fault;
  }
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
    const items: CborValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.item(depth + 1));
    return items;
  }

  private map(count: number, depth: number): Map<CborKey, CborValue> {
    const entries = new Map<CborKey, CborValue>();
    let previous: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const start = this.offset;
      const key = this.key(previous, depth + 1);
      previous = this.bytes.subarray(start, this.offset);
      entries.set(key, this.item(depth + 1));
    }
    return entries;
  }

  locatedMap(): Map<CborKey, CborItem> {
    const initial = this.byte();
    if (initial >> 5 !== 5) return this.refuse("wrong-type");
    const count = this.argument(initial & 31);
    const entries = new Map<CborKey, CborItem>();
    let previous: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const start = this.offset;
      const key = this.key(previous, 1);
      previous = this.bytes.subarray(start, this.offset);
      entries.set(key, this.located(1));
    }
    return entries;
  }

  located(depth: number): CborItem {
    const start = this.offset;
    const value = this.item(depth);
    return { value, start, end: this.offset };
  }

  byteString(): CborRange {
    const initial = this.byte();
    if (initial >> 5 !== 2) return this.refuse("wrong-type");
    const length = this.argument(initial & 31);
    this.take(length);
    return { start: this.offset - length, end: this.offset };
  }

  private key(previous: Uint8Array | undefined, depth: number): CborKey {
    const start = this.offset;
    const key = this.item(depth);
    if (typeof key !== "number" && typeof key !== "string") return this.refuse("unsupported");
    if (previous === undefined) return key;
    const order = compareBytes(previous, this.bytes.subarray(start, this.offset));
    if (order === 0) return this.refuse("duplicate-key");
    return order < 0 ? key : this.refuse("non-canonical");
  }

  private byte(): number {
    return this.bytes[this.offset++] ?? this.refuse("truncated");
  }

  private take(length: number): Uint8Array {
    if (length > this.bytes.length - this.offset) return this.refuse("truncated");
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  refuse(fault: CborFault): never {
    throw new Refused(fault);
  }
}
