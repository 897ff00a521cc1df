import { assert, err, ok, type Result } from "../base/index.ts";
import type { RecordChange } from "../records/index.ts";
import { isName, type ReasonName } from "../wire/index.ts";
import { acceptCoseKey } from "./acceptable-key.ts";
import type { Asker } from "./asker.ts";
import { managing } from "./decide.ts";
import { hasRoomForIssuer } from "./enrolment.ts";
import { nextEpoch, putIssuer } from "./issuers.ts";
import { putKey } from "./keyring.ts";
import { OWNER_EPOCH_MAX, putOwnership } from "./ownership.ts";
import type { OpenPairing, PairingPurpose } from "./pairing.ts";
import { announce, type RemovalPlan } from "./removal.ts";
import { CLOSES_NOTHING, type AccessState, type Closing } from "./state.ts";

const RECOVERY_KEY_NAME = "recovery key";
const CLOSES_EVERYBODY: Closing = { ...CLOSES_NOTHING, everybody: true };

/** Who asks to open a pairing: the car's own console for a car without owner, an owner or the recovery key to hand it over. */
export type PairingRequest =
  | { readonly why: Exclude<PairingPurpose, "transfer">; readonly nowMs: number }
  | { readonly why: "transfer"; readonly by: Asker; readonly nowMs: number };

/** A newcomer's proof and what it is over: Exporter(32770, h'00', 32) of its session. */
export interface PairingAttempt {
  readonly newcomerId: string;
  readonly proof: Uint8Array;
  readonly exported: Uint8Array;
  readonly proximity: "local" | "remote";
  readonly nowMs: number;
}

/** A wrong proof: `changes` are to be durable before `reason` is answered. */
export interface FailedAttempt {
  readonly reason: ReasonName;
  readonly changes: readonly RecordChange[];
}

export interface PairWish {
  readonly name: string;
  /** COSE_Key of the owner's kit. */
  readonly recoveryKey: Uint8Array;
  /** Exporter(32770, h'01', 32) of the newcomer's session. */
  readonly mirrorExported: Uint8Array;
  readonly nowMs: number;
}

export interface PairPlan {
  readonly changes: readonly RecordChange[];
  readonly keyId: string;
  readonly recoveryKeyId: string;
  /** Epoch in which the new owner's grants count. */
  readonly issuerEpoch: number;
  readonly mirrorProof: Uint8Array;
  readonly closing: Closing;
}

/**
 * A fresh one-time secret; in memory only, so it is no plan. Errors: `roleForbids` where the console asks although the car has
 * owners, those of policy for a transfer, `storageFault` where it cannot be told who owns the car.
 */
export function openPairing(state: AccessState, request: PairingRequest): Result<OpenPairing, ReasonName> {
  state.seen(request.nowMs);
  if (state.ownershipLost) return err("storageFault");
  if (request.why !== "transfer") {
    if (state.ownership.claimed) return err("roleForbids");
    return ok(state.pairing.open(undefined, request.nowMs));
  }
  const by = managing(state, request.by, "transfer");
  return by.ok ? ok(state.pairing.open(by.value.keyId, request.nowMs)) : by;
}

/** Judges a newcomer's proof. A failure is counted in memory at once and on flash by its `changes`; a remote link counts nothing and is refused. */
export function verifyPairingProof(state: AccessState, attempt: PairingAttempt): Result<void, FailedAttempt> {
  if (attempt.proximity === "remote") return err({ reason: "remoteLink", changes: [] });
  const verified = state.pairing.verify(attempt.newcomerId, attempt.proof, attempt.exported, attempt.nowMs);
  if (verified.ok) return verified;
  const counts = verified.error !== "pairingClosed";
  return err({ reason: verified.error, changes: counts ? [state.attempts.planPairingFailure()] : [] });
}

/**
 * Makes a newcomer who has shown the secret the owner: new owner epoch, owner's key and recovery key in one batch. Everything of
 * earlier owners belongs to earlier epochs and so ends in the same instant; applying it spends the secret.
 *
 * Errors: `pairingClosed`, `wrongProof` (no proof by this key), `malformed` (name), `unacceptableKey` (either key, or both the
 * same), `storeFull`, `storageFault`.
 */
export function planPair(state: AccessState, newcomer: Extract<Asker, { kind: "newcomer" }>, wish: PairWish): Result<PairPlan, ReasonName> {
  const { pairing, ownership, issuers } = state;
  if (state.ownershipLost) return err("storageFault");
  if (!pairing.isOpen(wish.nowMs)) return err("pairingClosed");
  if (!pairing.isProvenBy(newcomer.keyId, wish.nowMs)) return err("wrongProof");
  if (!isName(wish.name)) return err("malformed");
  const owner = acceptCoseKey(state.options, newcomer.publicKey);
  const recovery = acceptCoseKey(state.options, wish.recoveryKey);
  if (!owner.ok || !recovery.ok || owner.value.keyId === recovery.value.keyId) return err("unacceptableKey");
  assert(owner.value.keyId === newcomer.keyId, "a newcomer's key id is that of its key");
  if (!hasRoomForIssuer(state, newcomer.keyId) || ownership.epoch >= OWNER_EPOCH_MAX) return err("storeFull");
  const ownerEpoch = ownership.epoch + 1;
  const common = { enrolledBy: undefined, enrolledAtS: state.time.nowS(wish.nowMs), ownerEpoch };
  const wasOwner = state.keys.owners.has(newcomer.keyId);
  const issuer = issuers.get(newcomer.keyId);
  return ok({
    changes: [
      putOwnership(ownerEpoch, true),
      putKey({ keyId: newcomer.keyId, role: "owner", name: wish.name, publicKey: owner.value.publicKey.coseKey, ...common }),
      putKey({ keyId: recovery.value.keyId, role: "recovery", name: RECOVERY_KEY_NAME, publicKey: recovery.value.publicKey.coseKey, ...common }),
      ...endAllGrants(state),
    ],
    keyId: newcomer.keyId,
    recoveryKeyId: recovery.value.keyId,
    issuerEpoch: (wasOwner ? nextEpoch(issuer) : issuer).epoch,
    mirrorProof: pairing.mirror(wish.mirrorExported),
    closing: CLOSES_EVERYBODY,
  });
}

/**
 * Makes the car one without owners: at once while the button inside is held, else after the announced delay. Owner epoch, issuer
 * epochs, list versions, use counts and the time floor survive. Errors: those of policy; `storeFull`.
 */
export function planReset(state: AccessState, asker: Asker, resetInputActive: boolean, nowMs: number): Result<RemovalPlan, ReasonName> {
  state.seen(nowMs);
  const by = managing(state, asker, "reset");
  if (!by.ok) return by;
  if (resetInputActive) return ok(resetNow(state));
  const pending = state.pending.all().find((change) => change.what === "reset");
  if (pending === undefined) return announce(state, { what: "reset", target: undefined, startedBy: by.value.keyId });
  return ok({ kind: "delayed", changes: [], pendingId: pending.id, dueInS: state.pending.remainingS(pending.id, nowMs) });
}

/** The reset itself. */
export function resetNow(state: AccessState): Extract<RemovalPlan, { kind: "done" }> {
  assert(state.ownership.epoch < OWNER_EPOCH_MAX, "owner epochs do not run out");
  return { kind: "done", changes: [putOwnership(state.ownership.epoch + 1, false), ...endAllGrants(state)], closing: CLOSES_EVERYBODY };
}

function endAllGrants(state: AccessState): readonly RecordChange[] {
  return [...state.keys.owners].map((owner) => putIssuer(owner, nextEpoch(state.issuers.get(owner))));
}
