import type { CborMap, CborValue } from "../cbor/index.ts";

/** Small readers of decoded items: the value where it has the wanted shape, undefined where it has not. */

/** An unsigned integer of `min` to `max`, both included. */
export function uint(value: CborValue | undefined, min: number, max: number): number | undefined {
  return typeof value === "number" && value >= min && value <= max ? value : undefined;
}

/** A byte string of `min` to `max` bytes. */
export function bytesOf(value: CborValue | undefined, min: number, max: number = min): Uint8Array | undefined {
  return value instanceof Uint8Array && value.length >= min && value.length <= max ? value : undefined;
}

/** An array of `min` to `max` items. */
export function arrayOf(value: CborValue | undefined, min: number, max: number): readonly CborValue[] | undefined {
  return Array.isArray(value) && value.length >= min && value.length <= max ? (value as readonly CborValue[]) : undefined;
}

/** A map of `min` to `max` entries. */
export function mapOf(value: CborValue | undefined, min: number, max: number): CborMap | undefined {
  return value instanceof Map && value.size >= min && value.size <= max ? value : undefined;
}

/** The name that `table` gives the number `value`. */
export function nameOf<N extends string>(table: Readonly<Record<N, number>>, value: CborValue | undefined): N | undefined {
  return (Object.keys(table) as N[]).find((name) => table[name] === value);
}
