import { lookupKey } from "../base/index.ts";
import type { RecordTable } from "./store.ts";
import { CHANGE_HEADER_BYTES } from "./layout.ts";
import type { LogSector } from "./ring.ts";

/** A record as it is now, and the sector that holds its newest copy. */
export interface LiveRecord {
  readonly table: RecordTable;
  readonly key: Uint8Array;
  readonly birth: number;
  value: Uint8Array;
  sector: LogSector;
}

/** What a record of a table is looked up by. */
export type RecordId = string | number;

/** The id of the record under `key`. Keys of four bytes, such as those of the audit lines, are numbers: a map with many of them is asked faster. */
export function recordId(key: Uint8Array): RecordId {
  return key.length === 4 ? (key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]! : lookupKey(key);
}

/** Bytes that `record` takes on flash, without its share of a batch header. */
export function recordBytes(record: LiveRecord): number {
  return CHANGE_HEADER_BYTES + record.key.length + record.value.length;
}

/** The live records of all tables, in memory: what `get` answers from and what compaction copies. */
export class LiveRecords {
  /** Sum of {@link recordBytes}. */
  bytes = 0;
  /** Above every birth so far. */
  nextBirth = 1;
  /** By table, then by {@link recordId}. */
  private readonly tables = new Map<number, Map<RecordId, LiveRecord>>();

  find(table: RecordTable, id: RecordId): LiveRecord | undefined {
    return this.tables.get(table)?.get(id);
  }

  *entries(table: RecordTable): Iterable<readonly [Uint8Array, Uint8Array]> {
    const records = this.tables.get(table);
    if (records !== undefined) for (const record of records.values()) yield [record.key, record.value];
  }

  count(): number {
    let count = 0;
    for (const records of this.tables.values()) count += records.size;
    return count;
  }

  /** Keeps `key` and `value` as they are handed over: neither may be changed afterwards. */
  put(id: RecordId, change: { readonly table: RecordTable; readonly key: Uint8Array; readonly birth: number }, value: Uint8Array, sector: LogSector): void {
    let records = this.tables.get(change.table);
    if (records === undefined) this.tables.set(change.table, (records = new Map<RecordId, LiveRecord>()));
    const known = records.get(id);
    if (known === undefined) {
      const record: LiveRecord = { table: change.table, key: change.key, birth: change.birth, value, sector };
      records.set(id, record);
      sector.live.add(record);
      this.bytes += recordBytes(record);
    } else {
      this.bytes += value.length - known.value.length;
      known.value = value;
      this.move(known, sector);
    }
    if (change.birth >= this.nextBirth) this.nextBirth = change.birth + 1;
  }

  remove(table: RecordTable, id: RecordId): void {
    const records = this.tables.get(table);
    const known = records?.get(id);
    if (records === undefined || known === undefined) return;
    records.delete(id);
    known.sector.live.delete(known);
    this.bytes -= recordBytes(known);
  }

  /** The newest copy of `record` stands in `sector` now. */
  move(record: LiveRecord, sector: LogSector): void {
    if (record.sector === sector) return;
    record.sector.live.delete(record);
    record.sector = sector;
    sector.live.add(record);
  }

  /** Puts each table into the order of its keys' first appearance, which copying has disturbed on flash. */
  sort(): void {
    for (const [table, records] of this.tables) {
      const inOrder = [...records].sort(([, a], [, b]) => a.birth - b.birth);
      this.tables.set(table, new Map(inOrder));
    }
  }
}
