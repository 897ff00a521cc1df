import { assert, err, ok, type Result } from "../base/index.ts";
import type { RecordChange } from "../records/index.ts";
import type { ReasonName } from "../wire/index.ts";
import type { Asker } from "./asker.ts";
import { managing } from "./decide.ts";
import { nextEpoch, putIssuer } from "./issuers.ts";
import { removeKey, type EnrolledKey } from "./keyring.ts";
import { PENDING_COUNT_MAX } from "./limits.ts";
import { putPending, removePending, type PendingChange } from "./pending.ts";
import { putRevokedKey } from "./revocations.ts";
import { CLOSES_NOTHING, type AccessState, type Closing } from "./state.ts";

/** Done with these changes, or announced with them and done later. */
export type RemovalPlan =
  | { readonly kind: "done"; readonly changes: readonly RecordChange[]; readonly closing: Closing }
  | { readonly kind: "delayed"; readonly changes: readonly RecordChange[]; readonly pendingId: number; readonly dueInS: number };

/**
 * Revokes the enrolled key `keyId`.
 *
 * By an owner: other roles at once; its own key at once unless it is the last owner's; another owner's key, or the recovery key, after the
 * announced delay, or at once when a second owner, not the target, asks for the same while it is pending. By the
 * recovery key: at once, but never the last owner.
 *
 * Errors: those of policy; `unknownTarget`, `lastOwner`, `storeFull`.
 */
export function planRevoke(state: AccessState, asker: Asker, keyId: string, nowMs: number): Result<RemovalPlan, ReasonName> {
  state.seen(nowMs);
  const by = managing(state, asker, "revoke");
  if (!by.ok) return by;
  const target = state.keys.get(keyId);
  if (target === undefined) return err("unknownTarget");
  if (target.role === "owner" && state.keys.owners.size === 1) return err("lastOwner");
  const isProtected = target.role === "owner" || target.role === "recovery";
  if (!isProtected || by.value.role === "recovery" || by.value.keyId === keyId) return ok(removeNow(state, target));
  const pending = state.pending.all().find((change) => change.target === keyId);
  if (pending === undefined) return announce(state, { what: "removeOwner", target: keyId, startedBy: by.value.keyId });
  if (pending.startedBy !== by.value.keyId) return ok(removeNow(state, target));
  return ok({ kind: "delayed", changes: [], pendingId: pending.id, dueInS: state.pending.remainingS(pending.id, nowMs) });
}

/** Ends an announced change; every owner may, the one it is about included. `unknownTarget`: there is none of that number. */
export function planCancelPending(state: AccessState, asker: Asker, pendingId: number): Result<readonly RecordChange[], ReasonName> {
  const by = managing(state, asker, "cancelPending");
  if (!by.ok) return by;
  return state.pending.get(pendingId) === undefined ? err("unknownTarget") : ok([removePending(pendingId)]);
}

/** Announces a change that is done after the delay in force. `storeFull`: too many are pending. */
export function announce(state: AccessState, wanted: Pick<PendingChange, "what" | "target" | "startedBy">): Result<RemovalPlan, ReasonName> {
  if (state.pending.count >= PENDING_COUNT_MAX) return err("storeFull");
  const { id, change } = state.pending.nextId();
  const remainingS = state.settings.values.ownerRemovalDelayS;
  const pending = putPending({ ...wanted, id, remainingS, ownerEpoch: state.ownership.epoch });
  return ok({ kind: "delayed", changes: [change, pending], pendingId: id, dueInS: remainingS });
}

/** Everything that removing `target` means: the key, its grants if it was an owner, and what was pending for or by it. */
export function removeNow(state: AccessState, target: EnrolledKey): Extract<RemovalPlan, { kind: "done" }> {
  const { keyId } = target;
  const owner = target.role === "owner";
  assert(!owner || state.keys.owners.size > 1, "a claimed car keeps at least one owner");
  const changes: RecordChange[] = [removeKey(keyId), putRevokedKey(state.options.crypto.sha256(target.publicKey), state.ownership.epoch, false)];
  if (owner) changes.push(putIssuer(keyId, nextEpoch(state.issuers.get(keyId))));
  for (const pending of state.pending.all()) {
    if (pending.target === keyId || pending.startedBy === keyId) changes.push(removePending(pending.id));
  }
  const closing = owner ? { ...CLOSES_NOTHING, keyIds: [keyId, ...state.holdersOf(keyId)], issuerIds: [keyId] } : { ...CLOSES_NOTHING, keyIds: [keyId] };
  return { kind: "done", changes, closing };
}
