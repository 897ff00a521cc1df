import { concat, toHex } from "../base/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { KEY_ID_BYTES } from "../wire/index.ts";
import { Stale, type GrantRemains } from "./stale.ts";

const VERSION = 1;
const KEY_ENTRY = 0;
const GRANT_ENTRY = 1;
const THUMBPRINT_BYTES = 32;
const GRANT_ID_BYTES = 8;

interface RevokedKey {
  readonly recordKey: Uint8Array;
  readonly ownerEpoch: number;
  readonly listed: boolean;
}

interface RevokedGrant {
  readonly recordKey: Uint8Array;
  /** Epoch of the issuer when it revoked the grant. A later epoch says the same for all grants. */
  readonly issuerEpoch: number;
  readonly expiresAtS: number | undefined;
}

/**
 * Revoked keys, by the hash of the public key (so a chosen key id dodges nothing), and revoked grants, by issuer and cti.
 *
 * Key revocations last for the owner epoch. A grant's revocation is dropped only when the grant is dead without it: its issuer
 * has a later epoch, or its known end is below the time floor.
 */
export class Revocations {
  private readonly keys = new Map<string, RevokedKey>();
  /** How many revoked thumbprints begin with a key id: the check of each request needs no hash. */
  private readonly keyIds = new Map<string, number>();
  private readonly grants = new Map<string, RevokedGrant>();
  readonly stale = new Stale(TABLES.revocations);
  highestEpoch = 0;
  private listedKeys = 0;

  /** Whether a key whose thumbprint begins with `keyId` was revoked. Two keys with one id are one key here: that fails closed. */
  hasKey(keyId: string): boolean {
    return this.keyIds.has(keyId);
  }

  hasGrant(issuerId: string, grantId: string): boolean {
    return this.grants.has(issuerId + grantId);
  }

  /** Whether the thumbprint, lower-case hex, is on record. */
  hasThumbprint(thumbprint: string): boolean {
    return this.keys.has(thumbprint);
  }

  get keyCount(): number {
    return this.keys.size;
  }

  /** Revocations that lists brought. */
  get listedCount(): number {
    return this.listedKeys + this.grants.size;
  }

  apply(change: RecordChange, ownerEpoch: number): RecordFault | undefined {
    this.stale.delete(change.key);
    if (change.key[0] === KEY_ENTRY && change.key.length === 1 + THUMBPRINT_BYTES) return this.applyKey(change, ownerEpoch);
    if (change.key[0] === GRANT_ENTRY && change.key.length === 1 + KEY_ID_BYTES + GRANT_ID_BYTES) return this.applyGrant(change);
    return recordFault(change, "a revocation whose subject cannot be read");
  }

  /** Forgets the key revocations of earlier owners: the keys they are about are dead. */
  startEpoch(ownerEpoch: number): void {
    for (const [thumbprint, entry] of this.keys) {
      if (entry.ownerEpoch >= ownerEpoch) continue;
      this.forgetKey(thumbprint);
      this.stale.add(entry.recordKey);
    }
  }

  /** What is known of single grants, for the sweep. */
  *remains(): Iterable<GrantRemains> {
    for (const [id, entry] of this.grants) {
      yield { table: TABLES.revocations, recordKey: entry.recordKey, issuerId: id.slice(0, 2 * KEY_ID_BYTES), issuerEpoch: entry.issuerEpoch, expiresAtS: entry.expiresAtS };
    }
  }

  private applyKey(change: RecordChange, ownerEpoch: number): RecordFault | undefined {
    const thumbprint = toHex(change.key.subarray(1));
    this.forgetKey(thumbprint);
    if (change.value === undefined) return undefined;
    const fields = readRecord(change.value, VERSION, 2);
    const epoch = uintField(fields?.[0]);
    const listed = fields?.[1];
    const readable = epoch !== undefined && typeof listed === "boolean";
    if (readable) this.highestEpoch = Math.max(this.highestEpoch, epoch);
    if (readable && epoch < ownerEpoch) {
      this.stale.add(change.key);
      return undefined;
    }
    // What the record is about stands in its key: an unreadable revocation revokes all the same.
    const entry = { recordKey: change.key, ownerEpoch: readable ? epoch : Number.MAX_SAFE_INTEGER, listed: listed === true };
    this.keys.set(thumbprint, entry);
    if (entry.listed) this.listedKeys++;
    const keyId = thumbprint.slice(0, 2 * KEY_ID_BYTES);
    this.keyIds.set(keyId, (this.keyIds.get(keyId) ?? 0) + 1);
    return readable ? undefined : recordFault(change, "details of a revoked key; it stays revoked");
  }

  private applyGrant(change: RecordChange): RecordFault | undefined {
    const id = toHex(change.key.subarray(1));
    this.grants.delete(id);
    if (change.value === undefined) return undefined;
    const fields = readRecord(change.value, VERSION, 2);
    const issuerEpoch = uintField(fields?.[0]);
    const expiresAtS = fields?.[1] === null ? undefined : uintField(fields?.[1]);
    if (issuerEpoch === undefined || (fields?.[1] !== null && expiresAtS === undefined)) {
      this.grants.set(id, { recordKey: change.key, issuerEpoch: Number.MAX_SAFE_INTEGER, expiresAtS: undefined });
      return recordFault(change, "details of a revoked grant; it stays revoked");
    }
    this.grants.set(id, { recordKey: change.key, issuerEpoch, expiresAtS });
    return undefined;
  }

  private forgetKey(thumbprint: string): void {
    const entry = this.keys.get(thumbprint);
    if (entry === undefined) return;
    this.keys.delete(thumbprint);
    if (entry.listed) this.listedKeys--;
    const keyId = thumbprint.slice(0, 2 * KEY_ID_BYTES);
    const left = this.keyIds.get(keyId)! - 1;
    if (left === 0) this.keyIds.delete(keyId);
    else this.keyIds.set(keyId, left);
  }
}

/** The record that revokes a key by its 32-byte thumbprint. `listed`: a revocation list brought it. */
export function putRevokedKey(thumbprint: Uint8Array, ownerEpoch: number, listed: boolean): RecordChange {
  return { table: TABLES.revocations, key: concat(Uint8Array.of(KEY_ENTRY), thumbprint), value: writeRecord(VERSION, ownerEpoch, listed) };
}

/** The record that revokes a grant of an issuer. `expiresAtS`: its end where the car knows it. */
export function putRevokedGrant(issuerId: Uint8Array, grantId: Uint8Array, issuerEpoch: number, expiresAtS: number | undefined): RecordChange {
  const key = concat(Uint8Array.of(GRANT_ENTRY), issuerId, grantId);
  return { table: TABLES.revocations, key, value: writeRecord(VERSION, issuerEpoch, expiresAtS ?? null) };
}
