import { toHex } from "../base/index.ts";
import type { RecordChange, RecordTable } from "../records/index.ts";

/** What is on record about one grant; needless once the grant is dead without it. */
export interface GrantRemains {
  readonly table: RecordTable;
  readonly recordKey: Uint8Array;
  readonly issuerId: string;
  readonly issuerEpoch: number;
  readonly expiresAtS: number | undefined;
}

/** Records that no longer mean anything and wait to be removed from flash, a few at a time. */
export class Stale {
  private readonly table: RecordTable;
  private readonly records = new Map<string, Uint8Array>();

  constructor(table: RecordTable) {
    this.table = table;
  }

  get count(): number {
    return this.records.size;
  }

  add(key: Uint8Array): void {
    this.records.set(toHex(key), key);
  }

  delete(key: Uint8Array): void {
    if (this.records.size > 0) this.records.delete(toHex(key));
  }

  /** Removal of the first `countMax` of them. */
  plan(countMax: number): readonly RecordChange[] {
    const changes: RecordChange[] = [];
    for (const key of this.records.values()) {
      if (changes.length >= countMax) break;
      changes.push({ table: this.table, key, value: undefined });
    }
    return changes;
  }
}
