import { utf8Encode } from "../base/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";

const PAIRING_KEY = utf8Encode("pairing");
const VERSION = 1;

/**
 * Failed pairing proofs in the life of this car. The count only grows, and grows on flash before a failure is answered, so
 * that neither a restart nor a power cut gives anybody a try for free.
 */
export class Attempts {
  pairingFailures = 0;

  apply(change: RecordChange): RecordFault | undefined {
    const count = change.value && uintField(readRecord(change.value, VERSION, 1)?.[0]);
    if (count === undefined) return recordFault(change, "the count of failed pairings");
    this.pairingFailures = Math.max(this.pairingFailures, count);
    return undefined;
  }

  /** The record of one more failure. */
  planPairingFailure(): RecordChange {
    return { table: TABLES.attempts, key: PAIRING_KEY, value: writeRecord(VERSION, this.pairingFailures + 1) };
  }
}
