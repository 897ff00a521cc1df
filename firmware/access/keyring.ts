import { fromHex, toHex } from "../base/index.ts";
import { bytesField, readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { isName, KEY_ID_BYTES, ROLES, type Role } from "../wire/index.ts";
import { OWNER_EPOCH_MAX } from "./ownership.ts";
import { Stale } from "./stale.ts";

/** A key the car knows. Ids are lower-case hex of 8 bytes. */
export interface EnrolledKey {
  readonly keyId: string;
  readonly role: Role;
  readonly name: string;
  /** COSE_Key as encoded. */
  readonly publicKey: Uint8Array;
  /** Key id of who enrolled it; undefined for keys of a pairing. */
  readonly enrolledBy: string | undefined;
  /** Unix seconds; undefined where the car did not know the time. */
  readonly enrolledAtS: number | undefined;
  /** Owner epoch it belongs to: keys of an earlier owner are dead. */
  readonly ownerEpoch: number;
}

const VERSION = 1;
const ROLE_NAMES = Object.keys(ROLES) as Role[];

/** The enrolled keys of the current owner epoch, in the order of their enrolment. */
export class Keyring {
  private readonly keys = new Map<string, EnrolledKey>();
  private readonly ownerIds = new Set<string>();
  readonly stale = new Stale(TABLES.keys);
  /** Highest owner epoch of any key record: the ownership record can never be behind it. */
  highestEpoch = 0;

  get(keyId: string): EnrolledKey | undefined {
    return this.keys.get(keyId);
  }

  get count(): number {
    return this.keys.size;
  }

  /** Key ids of the owners. */
  get owners(): ReadonlySet<string> {
    return this.ownerIds;
  }

  all(): Iterable<EnrolledKey> {
    return this.keys.values();
  }

  apply(change: RecordChange, ownerEpoch: number): RecordFault | undefined {
    const keyId = toHex(change.key);
    this.keys.delete(keyId);
    this.ownerIds.delete(keyId);
    this.stale.delete(change.key);
    if (change.value === undefined) return undefined;
    const key = readKey(keyId, change.value);
    if (key === undefined) return recordFault(change, "an enrolled key; enrol it again");
    this.highestEpoch = Math.max(this.highestEpoch, key.ownerEpoch);
    if (key.ownerEpoch < ownerEpoch) {
      this.stale.add(change.key);
      return undefined;
    }
    this.keys.set(keyId, key);
    if (key.role === "owner") this.ownerIds.add(keyId);
    return undefined;
  }

  /** Forgets the keys of earlier owners. */
  startEpoch(ownerEpoch: number): void {
    for (const key of this.keys.values()) {
      if (key.ownerEpoch >= ownerEpoch) continue;
      this.keys.delete(key.keyId);
      this.ownerIds.delete(key.keyId);
      this.stale.add(fromHex(key.keyId)!);
    }
  }
}

/** The record that enrols `key`. */
export function putKey(key: EnrolledKey): RecordChange {
  const enrolledBy = key.enrolledBy === undefined ? null : fromHex(key.enrolledBy)!;
  const value = writeRecord(VERSION, key.ownerEpoch, ROLES[key.role], key.name, key.publicKey, enrolledBy, key.enrolledAtS ?? null);
  return { table: TABLES.keys, key: fromHex(key.keyId)!, value };
}

/** The change that removes the key `keyId`. */
export function removeKey(keyId: string): RecordChange {
  return { table: TABLES.keys, key: fromHex(keyId)!, value: undefined };
}

function readKey(keyId: string, value: Uint8Array): EnrolledKey | undefined {
  const fields = readRecord(value, VERSION, 6);
  if (fields === undefined || keyId.length !== 2 * KEY_ID_BYTES) return undefined;
  const [epochField, roleField, name, publicKey, byField, atField] = fields;
  const ownerEpoch = uintField(epochField, OWNER_EPOCH_MAX);
  const role = ROLE_NAMES.find((candidate) => ROLES[candidate] === roleField);
  const enrolledBy = byField === null ? undefined : bytesField(byField, KEY_ID_BYTES);
  const enrolledAtS = atField === null ? undefined : uintField(atField);
  if (ownerEpoch === undefined || role === undefined || !isName(name) || !(publicKey instanceof Uint8Array)) return undefined;
  if ((byField !== null && enrolledBy === undefined) || (atField !== null && enrolledAtS === undefined)) return undefined;
  return { keyId, role, name, publicKey, enrolledBy: enrolledBy && toHex(enrolledBy), enrolledAtS, ownerEpoch };
}
