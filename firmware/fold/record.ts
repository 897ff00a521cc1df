import { toHex } from "../base/index.ts";
import { decode, encode, type CborValue } from "../cbor/index.ts";
import type { RecordChange, RecordTable } from "../records/index.ts";

/** A record that cannot be read. What it would have allowed stays refused; the rest of the car's memory is good. */
export interface RecordFault {
  readonly table: RecordTable;
  /** The record's key, lower-case hex. */
  readonly key: string;
  /** What was lost, one phrase. */
  readonly what: string;
}

/** The fault of `change`, naming what was lost with it. */
export function recordFault(change: RecordChange, what: string): RecordFault {
  return { table: change.table, key: toHex(change.key), what };
}

/** Value of a record: deterministic CBOR, an array of its format `version` and its fields. */
export function writeRecord(version: number, ...fields: readonly CborValue[]): Uint8Array {
  return encode([version, ...fields]);
}

/** The fields of a record written by {@link writeRecord}, or undefined where it is of another version, length or no CBOR. */
export function readRecord(value: Uint8Array, version: number, fieldCount: number): readonly CborValue[] | undefined {
  const decoded = decode(value);
  if (!decoded.ok || !Array.isArray(decoded.value)) return undefined;
  const items = decoded.value as readonly CborValue[];
  return items.length === fieldCount + 1 && items[0] === version ? items.slice(1) : undefined;
}

/** An unsigned integer field of at most `max`, or undefined. */
export function uintField(value: CborValue | undefined, max = Number.MAX_SAFE_INTEGER): number | undefined {
  return typeof value === "number" && value >= 0 && value <= max ? value : undefined;
}

/** A byte string field of exactly `length` bytes, or undefined. */
export function bytesField(value: CborValue | undefined, length: number): Uint8Array | undefined {
  return value instanceof Uint8Array && value.length === length ? value : undefined;
}
