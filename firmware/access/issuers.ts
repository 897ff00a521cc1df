import { fromHex, toHex } from "../base/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { LIST_NUMBER_MAX } from "../lists/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";

/** What the car remembers of an issuer of grants. Both numbers only grow, also across owners. */
export interface IssuerState {
  /** Grants of an earlier epoch are dead. */
  readonly epoch: number;
  /** Version of the last revocation list, 0 before the first. */
  readonly listVersion: number;
  /** The car has dropped what it knew of single grants that ended by then (Unix seconds), so they stay dead even if an owner turns time back. */
  readonly sweptS: number;
}

const VERSION = 1;
const NEW_ISSUER: IssuerState = { epoch: 0, listVersion: 0, sweptS: 0 };
/** One more than a grant or list can carry: no grant and no list of such an issuer counts. */
const SPENT = LIST_NUMBER_MAX + 1;
const UNREADABLE: IssuerState = { epoch: SPENT, listVersion: SPENT, sweptS: 0 };

/** Issuers of grants: every key that is or was an owner and whose state is not that of a new one. */
export class Issuers {
  private readonly states = new Map<string, IssuerState>();

  get count(): number {
    return this.states.size;
  }

  has(issuerId: string): boolean {
    return this.states.has(issuerId);
  }

  get(issuerId: string): IssuerState {
    return this.states.get(issuerId) ?? NEW_ISSUER;
  }

  apply(change: RecordChange): RecordFault | undefined {
    const issuerId = toHex(change.key);
    const fields = change.value === undefined ? undefined : readRecord(change.value, VERSION, 3);
    const epoch = uintField(fields?.[0], SPENT);
    const listVersion = uintField(fields?.[1], SPENT);
    const sweptS = uintField(fields?.[2]);
    if (epoch === undefined || listVersion === undefined || sweptS === undefined) {
      this.states.set(issuerId, UNREADABLE);
      return recordFault(change, "the epoch and list version of an owner; its grants are refused, another owner key can share");
    }
    this.states.set(issuerId, { epoch, listVersion, sweptS });
    return undefined;
  }
}

/** The record of an issuer's state. */
export function putIssuer(issuerId: string, state: IssuerState): RecordChange {
  return { table: TABLES.issuers, key: fromHex(issuerId)!, value: writeRecord(VERSION, state.epoch, state.listVersion, state.sweptS) };
}

/** The state after which every grant `state`'s issuer has signed so far is dead; past the last epoch it can sign none that counts. */
export function nextEpoch(state: IssuerState): IssuerState {
  return { ...state, epoch: Math.min(state.epoch, LIST_NUMBER_MAX) + 1 };
}
