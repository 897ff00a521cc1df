import { equalBytes, err, ok, toHex, type Result } from "../base/index.ts";
import { parsePublicKey } from "../cose/index.ts";
import { parseRevocationList, verifyRevocationList, type RevocationList } from "../lists/index.ts";
import type { RecordChange } from "../records/index.ts";
import { KEY_ID_BYTES, type ReasonName } from "../wire/index.ts";
import type { Asker } from "./asker.ts";
import { managing } from "./decide.ts";
import { nextEpoch, putIssuer } from "./issuers.ts";
import { removeKey } from "./keyring.ts";
import { LISTED_REVOCATION_COUNT_MAX } from "./limits.ts";
import { putRevokedGrant, putRevokedKey } from "./revocations.ts";
import { CLOSES_NOTHING, type AccessState, type Closing } from "./state.ts";

export interface DeliveryPlan {
  /**
   * In an order in which every beginning of it is safe: revocations first, the issuer's new version last. A store whose batches are
   * small commits it in pieces; a list cut off half way is still new when it is delivered again.
   */
  readonly changes: readonly RecordChange[];
  readonly closing: Closing;
  readonly issuerId: string;
  readonly version: number;
  /** Key ids of owners and recovery keys that the list names: those are removed by their own rules, never by a list. */
  readonly notByList: readonly string[];
}

/**
 * Takes a signed revocation list, whoever carried it. Entries are added to those in force; none is ever taken back.
 *
 * Errors: `malformed`, `issuerNotOwner`, `badSignature`, `wrongVehicle`, `olderList` (version not above the last one, or an earlier
 * epoch), `storeFull` (its entries do not fit: a new issuer epoch revokes all grants in one record), `storageFault`.
 */
export function planDeliverList(state: AccessState, bytes: Uint8Array): Result<DeliveryPlan, ReasonName> {
  if (state.ownershipLost) return err("storageFault");
  const parsed = parseRevocationList(bytes);
  if (!parsed.ok) return err("malformed");
  const issuerId = toHex(parsed.value.issuerKid);
  const issuer = state.keys.get(issuerId);
  const issuerKey = issuer?.role === "owner" ? parsePublicKey(state.options.crypto, issuer.publicKey) : undefined;
  if (!issuerKey?.ok) return err("issuerNotOwner");
  if (!verifyRevocationList(state.options.crypto, parsed.value, issuerKey.value)) return err("badSignature");
  const { list } = parsed.value;
  if (!equalBytes(list.vehicleId, state.options.vehicleId)) return err("wrongVehicle");
  const before = state.issuers.get(issuerId);
  if (list.version <= before.listVersion || list.issuerEpoch < before.epoch) return err("olderList");
  const merged = merge(state, issuerId, parsed.value.issuerKid, list);
  if (merged.added > 0 && state.revocations.listedCount + merged.added > LISTED_REVOCATION_COUNT_MAX) return err("storeFull");
  const ended = list.issuerEpoch > before.epoch ? [issuerId] : [];
  return ok({
    changes: [...merged.changes, putIssuer(issuerId, { ...before, epoch: list.issuerEpoch, listVersion: list.version })],
    closing: { ...CLOSES_NOTHING, keyIds: merged.keyIds, grantIds: merged.grantIds, issuerIds: ended },
    issuerId,
    version: list.version,
    notByList: merged.notByList,
  });
}

/** Ends every grant the asking owner has signed so far, in one record. */
export function planNewEpoch(state: AccessState, asker: Asker): Result<{ readonly changes: readonly RecordChange[]; readonly issuerEpoch: number; readonly closing: Closing }, ReasonName> {
  // Taking grants back is a revocation: valet mode does not stop it.
  const by = managing(state, asker, "revoke");
  if (!by.ok) return by;
  if (by.value.role !== "owner") return err("roleForbids");
  const { keyId } = by.value;
  const next = nextEpoch(state.issuers.get(keyId));
  return ok({
    changes: [putIssuer(keyId, next)],
    issuerEpoch: next.epoch,
    closing: { ...CLOSES_NOTHING, keyIds: state.holdersOf(keyId).filter((holder) => state.keys.get(holder) === undefined), issuerIds: [keyId] },
  });
}

interface Merged {
  readonly changes: RecordChange[];
  readonly keyIds: string[];
  readonly grantIds: string[];
  readonly notByList: string[];
  added: number;
}

function merge(state: AccessState, issuerId: string, issuerKid: Uint8Array, list: RevocationList): Merged {
  const merged: Merged = { changes: [], keyIds: [], grantIds: [], notByList: [], added: 0 };
  for (const entry of list.entries) {
    if (entry.kind === "grant") {
      const grantId = toHex(entry.grantId);
      merged.grantIds.push(grantId);
      if (state.revocations.hasGrant(issuerId, grantId)) continue;
      const expiresAtS = state.uses.expiresAtS(issuerId, grantId);
      merged.changes.push(putRevokedGrant(issuerKid, entry.grantId, list.issuerEpoch, expiresAtS));
      merged.added++;
    } else mergeKey(state, entry.thumbprint, merged);
  }
  return merged;
}

function mergeKey(state: AccessState, thumbprint: Uint8Array, merged: Merged): void {
  const keyId = toHex(thumbprint.subarray(0, KEY_ID_BYTES));
  const key = state.keys.get(keyId);
  const named = key !== undefined && equalBytes(state.options.crypto.sha256(key.publicKey), thumbprint);
  if (named && (key.role === "owner" || key.role === "recovery")) {
    merged.notByList.push(keyId);
    return;
  }
  merged.keyIds.push(keyId);
  if (named) merged.changes.push(removeKey(keyId));
  if (state.revocations.hasThumbprint(toHex(thumbprint))) return;
  merged.changes.push(putRevokedKey(thumbprint, state.ownership.epoch, true));
  merged.added++;
}
