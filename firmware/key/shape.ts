import { fromHex, toHex } from "../base/index.ts";
import type { CborMap, CborValue } from "../cbor/index.ts";

/** How one type is written as CBOR and strictly read back. `read` throws {@link Misshapen}, which must not leave this room. */
export interface Shape<T> {
  write(value: T): CborValue;
  read(value: CborValue, path: string): T;
}

/** Internal to this room: stored data that is not what its shape says, with the place of it. Never carries a value. */
export class Misshapen extends Error {
  constructor(readonly path: string) {
    super(path);
  }
}

/** A byte string of `min` to `max` bytes. */
export function byteString(min: number, max = min): Shape<Uint8Array> {
  return {
    write: (value) => value,
    read: (value, path) => {
      if (!(value instanceof Uint8Array) || value.length < min || value.length > max) throw new Misshapen(path);
      return value;
    },
  };
}

/** Bytes that are lower-case hex in memory; `length` counts bytes. */
export function hexString(length: number): Shape<string> {
  const bytes = byteString(length);
  return {
    write: (value) => fromHex(value)!,
    read: (value, path) => toHex(bytes.read(value, path)),
  };
}

/** Text that `accepts`. */
export function text(accepts: (value: string) => boolean): Shape<string> {
  return {
    write: (value) => value,
    read: (value, path) => {
      if (typeof value !== "string" || !accepts(value)) throw new Misshapen(path);
      return value;
    },
  };
}

/** An integer not below `min`. */
export function integer(min: number): Shape<number> {
  return {
    write: (value) => value,
    read: (value, path) => {
      if (typeof value !== "number" || value < min) throw new Misshapen(path);
      return value;
    },
  };
}

export const flag: Shape<boolean> = {
  write: (value) => value,
  read: (value, path) => {
    if (typeof value !== "boolean") throw new Misshapen(path);
    return value;
  },
};

/** One of the words of `table`, stored as its number. */
export function word<W extends string>(table: Readonly<Record<W, number>>): Shape<W> {
  return {
    write: (value) => table[value],
    read: (value, path) => {
      const found = (Object.keys(table) as W[]).find((name) => table[name] === value);
      if (found === undefined) throw new Misshapen(path);
      return found;
    },
  };
}

/** At most `countMax` items of one shape. */
export function list<T>(shape: Shape<T>, countMax: number): Shape<readonly T[]> {
  return {
    write: (value) => value.map((item) => shape.write(item)),
    read: (value, path) => {
      if (!Array.isArray(value) || value.length > countMax) throw new Misshapen(path);
      return (value as readonly CborValue[]).map((item, index) => shape.read(item, `${path}[${index}]`));
    },
  };
}

/** A value that may be undefined; as a field of a record it is then left out. */
export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return { ...shape, optional: true };
}
type OptionalShape<T> = Shape<T> & { readonly optional: true };

type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K]
    ? readonly [key: number, shape: OptionalShape<Exclude<T[K], undefined>>]
    : readonly [key: number, shape: Shape<T[K]>];
};

/** A map with exactly the named keys; unknown ones are refused, so that nothing is silently lost when it is written again. */
export function record<T extends object>(fields: Fields<T>): Shape<T> {
  const entries = Object.entries(fields) as [keyof T & string, readonly [number, Shape<unknown> & { optional?: true }]][];
  return {
    write: (value) => {
      const map = new Map<number, CborValue>();
      for (const [name, [key, shape]] of entries) {
        if (value[name] !== undefined) map.set(key, shape.write(value[name]));
      }
      return map;
    },
    read: (value, path) => {
      if (!(value instanceof Map)) throw new Misshapen(path);
      const map = value as CborMap;
      const out: Record<string, unknown> = {};
      let used = 0;
      for (const [name, [key, shape]] of entries) {
        const item = map.get(key);
        if (item === undefined && shape.optional !== true) throw new Misshapen(`${path}.${name}`);
        if (item !== undefined) used++;
        out[name] = item === undefined ? undefined : shape.read(item, `${path}.${name}`);
      }
      if (used !== map.size) throw new Misshapen(path);
      return out as T;
    },
  };
}
