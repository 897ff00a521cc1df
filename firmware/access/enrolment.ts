import { err, ok, type Result } from "../base/index.ts";
import type { RecordChange } from "../records/index.ts";
import { isName, ROLES, type ReasonName, type Role } from "../wire/index.ts";
import { acceptCoseKey } from "./acceptable-key.ts";
import type { Asker } from "./asker.ts";
import { managing } from "./decide.ts";
import { putKey, type EnrolledKey } from "./keyring.ts";
import { ISSUER_COUNT_MAX, KEY_COUNT_MAX, KEY_HISTORY_COUNT_MAX, OWNER_COUNT_MAX } from "./limits.ts";
import { ROLE_TABLE } from "./role-table.ts";
import type { AccessState } from "./state.ts";

/** A key to be enrolled; `publicKey` is an encoded COSE_Key. */
export interface NewKey {
  readonly role: Role;
  readonly name: string;
  readonly publicKey: Uint8Array;
}

export interface EnrolPlan {
  readonly changes: readonly RecordChange[];
  readonly keyId: string;
  /** Epoch in which this key's grants count, should it be an owner's. */
  readonly issuerEpoch: number;
}

/**
 * Enrols a key: an owner any role but recovery, the recovery key owners only.
 *
 * Errors: those of policy; `malformed` (name), `roleForbids` (that role), `unacceptableKey`, `alreadyEnrolled`, `revokedKey` (it was
 * revoked under these owners; that is not taken back), `storeFull`.
 */
export function planEnrol(state: AccessState, asker: Asker, wanted: NewKey, nowMs: number): Result<EnrolPlan, ReasonName> {
  const by = managing(state, asker, "enrol");
  return by.ok ? plan(state, by.value, wanted, nowMs, ROLE_TABLE.enrol[by.value.role] === "owners") : by;
}

/** Enrols a key that a card has approved at its reader. Errors as {@link planEnrol}. */
export function planApprovedKey(state: AccessState, card: Asker, wanted: NewKey, nowMs: number): Result<EnrolPlan, ReasonName> {
  const by = managing(state, card, "approveKey", "tap");
  return by.ok ? plan(state, by.value, wanted, nowMs, false) : by;
}

function plan(state: AccessState, by: EnrolledKey, wanted: NewKey, nowMs: number, ownersOnly: boolean): Result<EnrolPlan, ReasonName> {
  if (!Object.hasOwn(ROLES, wanted.role) || !isName(wanted.name)) return err("malformed");
  if (wanted.role === "recovery" || (ownersOnly && wanted.role !== "owner")) return err("roleForbids");
  const accepted = acceptCoseKey(state.options, wanted.publicKey);
  if (!accepted.ok) return accepted;
  const { keyId, publicKey } = accepted.value;
  if (state.keys.get(keyId) !== undefined) return err("alreadyEnrolled");
  if (state.revocations.hasKey(keyId)) return err("revokedKey");
  if (!hasRoomFor(state, keyId, wanted.role)) return err("storeFull");
  const change = putKey({
    keyId,
    role: wanted.role,
    name: wanted.name,
    publicKey: publicKey.coseKey,
    enrolledBy: by.keyId,
    enrolledAtS: state.time.nowS(nowMs),
    ownerEpoch: state.ownership.epoch,
  });
  return ok({ changes: [change], keyId, issuerEpoch: state.issuers.get(keyId).epoch });
}

function hasRoomFor(state: AccessState, keyId: string, role: Role): boolean {
  const { keys, revocations } = state;
  if (keys.count >= KEY_COUNT_MAX || keys.count + revocations.keyCount >= KEY_HISTORY_COUNT_MAX) return false;
  return role !== "owner" || (keys.owners.size < OWNER_COUNT_MAX && hasRoomForIssuer(state, keyId));
}

/** Whether `keyId` can become an owner such that every owner still finds room for its issuer state when it goes. */
export function hasRoomForIssuer(state: AccessState, keyId: string): boolean {
  let wanted = state.issuers.count + (state.issuers.has(keyId) ? 0 : 1);
  for (const owner of state.keys.owners) if (owner !== keyId && !state.issuers.has(owner)) wanted++;
  return wanted <= ISSUER_COUNT_MAX;
}
