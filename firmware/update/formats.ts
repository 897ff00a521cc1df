import { readRecord, uintField, writeRecord } from "../fold/index.ts";
import { RECORD_FORMATS, type RecordChange } from "../records/index.ts";
import type { CborValue } from "../cbor/index.ts";

/** What a release can read: for each table the newest format, and under 0 that of the flash. */
export type ReadableFormats = ReadonlyMap<number, number>;

const VERSION = 1;
/** Tables are numbered in 7 bits. */
const TABLE_COUNT_MAX = 128;

/** What the release that stages an update can read, for the one that is tried next. */
export function writeFormats(formats: ReadableFormats = RECORD_FORMATS): Uint8Array {
  return writeRecord(VERSION, [...formats].map(([table, format]): CborValue => [table, format]));
}

/** The formats of a record; one that cannot be read stands for nothing readable, so that a trial in doubt stores nothing. */
export function readFormats(value: Uint8Array): ReadableFormats | undefined {
  const rows = readRecord(value, VERSION, 1)?.[0];
  if (!Array.isArray(rows) || rows.length > TABLE_COUNT_MAX) return undefined;
  const formats = new Map<number, number>();
  for (const row of rows as readonly CborValue[]) {
    const [table, format] = Array.isArray(row) ? (row as readonly CborValue[]) : [];
    const number = uintField(table, TABLE_COUNT_MAX);
    const newest = uintField(format);
    if (number === undefined || newest === undefined) return undefined;
    formats.set(number, newest);
  }
  return formats;
}

/** Whether a release that reads `readable` understands all of `changes` as this build (`written`) writes them. */
export function canRead(readable: ReadableFormats, changes: readonly Pick<RecordChange, "table">[], written: ReadableFormats = RECORD_FORMATS): boolean {
  const fits = (table: number): boolean => (readable.get(table) ?? 0) >= (written.get(table) ?? Infinity);
  return fits(0) && changes.every(({ table }) => fits(table));
}
