import { equalBytes, utf8Encode } from "../base/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";

const PAIRING_KEY = utf8Encode("pairing");
const PIN_KEY = utf8Encode("pin");
const VERSION = 1;

/**
 * Failed pairing proofs and tries of the PIN in the life of this car. The counts only grow, and grow on flash before a try is
 * answered, so that neither a restart nor a power cut gives anybody a try for free.
 */
export class Attempts {
  pairingFailures = 0;
  private pinTries = 0;
  /** How many tries there had been when the PIN was right, or set, for the last time. */
  private pinTriesWhenGood = 0;

  /** Tries of the PIN since it was last right, the one under way among them. */
  get pinFailures(): number {
    return this.pinTries - this.pinTriesWhenGood;
  }

  apply(change: RecordChange): RecordFault | undefined {
    return equalBytes(change.key, PIN_KEY) ? this.applyPin(change) : this.applyPairing(change);
  }

  /** The record of one more failure. */
  planPairingFailure(): RecordChange {
    return { table: TABLES.attempts, key: PAIRING_KEY, value: writeRecord(VERSION, this.pairingFailures + 1) };
  }

  /** The record of one more try of the PIN. */
  planPinTry(): RecordChange {
    return this.putPin(this.pinTries + 1, this.pinTriesWhenGood);
  }

  /** The record of the PIN having been right, or set anew. */
  planPinGood(): RecordChange {
    return this.putPin(this.pinTries, this.pinTries);
  }

  private applyPairing(change: RecordChange): RecordFault | undefined {
    const count = change.value && uintField(readRecord(change.value, VERSION, 1)?.[0]);
    if (count === undefined) return recordFault(change, "the count of failed pairings");
    this.pairingFailures = Math.max(this.pairingFailures, count);
    return undefined;
  }

  private applyPin(change: RecordChange): RecordFault | undefined {
    const fields = change.value && readRecord(change.value, VERSION, 2);
    const tries = uintField(fields?.[0]);
    const whenGood = uintField(fields?.[1], tries);
    if (tries === undefined || whenGood === undefined) return recordFault(change, "the count of tries of the PIN");
    this.pinTries = Math.max(this.pinTries, tries);
    this.pinTriesWhenGood = Math.max(this.pinTriesWhenGood, whenGood);
    return undefined;
  }

  private putPin(tries: number, whenGood: number): RecordChange {
    return { table: TABLES.attempts, key: PIN_KEY, value: writeRecord(VERSION, tries, whenGood) };
  }
}
