import { utf8Encode } from "../base/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";

/** Owner epochs fit in 32 bits; a car would have to be transferred daily for ten million years. */
export const OWNER_EPOCH_MAX = 0xffffffff;

const KEY = utf8Encode("ownership");
const VERSION = 1;

/**
 * Whether the car has owners, and the owner epoch. The epoch grows with each pairing of a first or new owner and each reset;
 * every key, key revocation, setting and pending change belongs to one epoch, so that raising it in one record ends them all.
 */
export class Ownership {
  epoch = 0;
  claimed = false;
  unreadable = false;

  /** True for the record that this room folds; pending changes share the table. */
  static isRecord(change: RecordChange): boolean {
    return change.key.length === KEY.length;
  }

  apply(change: RecordChange): RecordFault | undefined {
    const fields = change.value === undefined ? undefined : readRecord(change.value, VERSION, 2);
    const epoch = uintField(fields?.[0], OWNER_EPOCH_MAX);
    const claimed = fields?.[1];
    if (epoch === undefined || typeof claimed !== "boolean") {
      this.unreadable = true;
      return recordFault(change, "who owns the car; nobody gets in by a key and nobody can claim it until the flash is restored");
    }
    this.unreadable = false;
    this.epoch = epoch;
    this.claimed = claimed;
    return undefined;
  }
}

/** The record that starts owner epoch `epoch`. */
export function putOwnership(epoch: number, claimed: boolean): RecordChange {
  return { table: TABLES.ownership, key: KEY, value: writeRecord(VERSION, epoch, claimed) };
}
