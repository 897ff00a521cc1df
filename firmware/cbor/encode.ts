import { assert, compareBytes, utf8Encode } from "../base/index.ts";
import { CborRaw, CborTag, type CborKey, type CborMap, type CborValue } from "./value.ts";

/** Where most items fit; a longer one makes the buffer grow, and it stays so. */
const BUFFER_BYTES = 1024;

/** Head of major type `major` with `argument`, shortest form (RFC 8949 section 3). Also used where only a head is wanted. */
export function encodeHead(major: number, argument: number): Uint8Array {
  WRITER.start();
  WRITER.head(major, argument);
  return WRITER.take();
}

/** Deterministic encoding of `value` (RFC 8949 section 4.2.1). Map keys are sorted by the bytes of their encodings. */
export function encode(value: CborValue): Uint8Array {
  WRITER.start();
  WRITER.item(value);
  return WRITER.take();
}

/** A CBOR sequence (RFC 8742): `values` one after another. */
export function encodeSequence(...values: readonly CborValue[]): Uint8Array {
  WRITER.start();
  for (const value of values) WRITER.item(value);
  return WRITER.take();
}

class Writer {
  private buffer = new Uint8Array(BUFFER_BYTES);
  private length = 0;

  start(): void {
    this.length = 0;
  }

  take(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  item(value: CborValue): void {
    if (typeof value === "number") this.integer(value);
    else if (typeof value === "string") this.text(value);
    else if (value instanceof Uint8Array) {
      this.head(2, value.length);
      this.bytes(value);
    } else if (typeof value === "boolean") this.byte(value ? 0xf5 : 0xf4);
    else if (value === null) this.byte(0xf6);
    else if (Array.isArray(value)) {
      this.head(4, value.length);
      for (const item of value as readonly CborValue[]) this.item(item);
    } else if (value instanceof Map) this.map(value as CborMap);
    else if (value instanceof CborRaw) this.bytes(value.bytes);
    else {
      assert(value instanceof CborTag, "a CBOR value is one of its kinds");
      this.head(6, value.tag);
      this.item(value.value);
    }
  }

  head(major: number, argument: number): void {
    assert(Number.isSafeInteger(argument) && argument >= 0, "a CBOR argument is a safe non-negative integer");
    const type = major << 5;
    if (argument < 24) this.byte(type | argument);
    else if (argument < 0x100) this.argument(type | 24, argument, 1);
    else if (argument < 0x10000) this.argument(type | 25, argument, 2);
    else if (argument < 0x100000000) this.argument(type | 26, argument, 4);
    else this.argument(type | 27, argument, 8);
  }

  private argument(initial: number, argument: number, size: number): void {
    this.room(1 + size);
    this.buffer[this.length] = initial;
    // Not by shifts: those end at 32 bits.
    for (let index = size, rest = argument; index > 0; index--, rest = Math.floor(rest / 0x100)) this.buffer[this.length + index] = rest % 0x100;
    this.length += 1 + size;
  }

  private integer(value: number): void {
    assert(Number.isSafeInteger(value), "a CBOR number is a safe integer");
    if (value >= 0) this.head(0, value);
    else this.head(1, -1 - value);
  }

  private map(map: CborMap): void {
    this.head(5, map.size);
    if (isInOrder(map.keys())) {
      for (const [key, value] of map) {
        this.item(key);
        this.item(value);
      }
      return;
    }
    const keys = [...map.keys()].sort(compareKeys);
    assert(isInOrder(keys), "no two keys of a CBOR map are encoded alike");
    for (const key of keys) {
      this.item(key);
      this.item(map.get(key)!);
    }
  }

  /** Most texts are ASCII and stand in the buffer as they are read; the others are encoded apart. */
  private text(text: string): void {
    const before = this.length;
    this.head(3, text.length);
    this.room(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.length = before;
        const encoded = utf8Encode(text);
        this.head(3, encoded.length);
        return this.bytes(encoded);
      }
      this.buffer[this.length + i] = code;
    }
    this.length += text.length;
  }

  private byte(byte: number): void {
    this.room(1);
    this.buffer[this.length++] = byte;
  }

  private bytes(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private room(wanted: number): void {
    if (this.length + wanted <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.length + wanted));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }
}

/** Encoding is synchronous and calls nobody, so one writer serves all. */
const WRITER = new Writer();

/** Whether `keys` rise strictly. Two different strings can have one encoding: a lone surrogate is written as U+FFFD. */
function isInOrder(keys: Iterable<CborKey>): boolean {
  let previous: CborKey | undefined;
  for (const key of keys) {
    if (previous !== undefined && compareKeys(previous, key) >= 0) return false;
    previous = key;
  }
  return true;
}

/** The order of two keys' encodings without encoding them: unsigned integers, then negative ones, then text, each shortest first. */
function compareKeys(a: CborKey, b: CborKey): number {
  if (typeof a === "number" && typeof b === "number") {
    if (a >= 0 !== b >= 0) return a >= 0 ? -1 : 1;
    return a >= 0 ? a - b : b - a;
  }
  if (typeof a === "number") return -1;
  if (typeof b === "number") return 1;
  const textA = utf8Encode(a);
  const textB = utf8Encode(b);
  return textA.length === textB.length ? compareBytes(textA, textB) : textA.length - textB.length;
}
