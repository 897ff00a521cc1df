import { ok, type Result } from "../base/index.ts";
import { TABLES, type CommitFailure, type RecordChange, type RecordStore, type RecordTable } from "./store.ts";

/** One record of an export: everything that another flash needs to hold it again. */
export type StoredRecord = readonly [table: RecordTable, key: Uint8Array, value: Uint8Array];

/** Keys and values of one commit at first: small enough for most flashes, large enough to waste little. */
const BATCH_RECORD_BYTES = 1024;

/** Every live record of every table, in the order of their keys' first appearance. */
export function recordsOf(store: RecordStore): readonly StoredRecord[] {
  return Object.values(TABLES).flatMap((table) => [...store.entries(table)].map(([key, value]) => [table, key, value] as const));
}

/**
 * Stores a copy on a flash that nothing runs from yet. Counts as durable as it goes: the caller makes the whole flash durable, and
 * starts no car from it before.
 *
 * @returns why it does not fit, or that the flash failed; the flash is then to be thrown away.
 */
export function storeCopy(store: RecordStore, records: readonly StoredRecord[]): Result<void, CommitFailure> {
  let batch: RecordChange[] = [];
  let bytes = 0;
  for (const [table, key, value] of records) {
    if (batch.length > 0 && bytes + key.length + value.length > BATCH_RECORD_BYTES) {
      const stored = storeBatch(store, batch);
      if (!stored.ok) return stored;
      batch = [];
      bytes = 0;
    }
    batch.push({ table, key, value });
    bytes += key.length + value.length;
  }
  return storeBatch(store, batch);
}

/** A batch takes half a sector at most: where this one is too large for the flash, its halves may do. */
function storeBatch(store: RecordStore, batch: readonly RecordChange[]): Result<void, CommitFailure> {
  if (batch.length === 0) return ok();
  const committed = store.commit(batch);
  if (committed.ok) store.durable();
  if (committed.ok || committed.error.kind !== "too-large" || batch.length === 1) return committed;
  const middle = Math.ceil(batch.length / 2);
  const first = storeBatch(store, batch.slice(0, middle));
  return first.ok ? storeBatch(store, batch.slice(middle)) : first;
}
