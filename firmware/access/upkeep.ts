import type { RecordChange } from "../records/index.ts";
import type { Notice } from "../wire/index.ts";
import { earliest, fromHex } from "../base/index.ts";
import { resetNow } from "./handover.ts";
import { putIssuer } from "./issuers.ts";
import { SWEEP_COUNT_MAX } from "./limits.ts";
import { removePending, type PendingChange } from "./pending.ts";
import { removeNow } from "./removal.ts";
import type { GrantRemains, Stale } from "./stale.ts";
import { CLOSES_NOTHING, type AccessState, type Closing } from "./state.ts";

/** What time has brought about. `happened`: the announced change that these changes carry out, for the audit log. */
export interface TickPlan {
  readonly changes: readonly RecordChange[];
  readonly closing: Closing;
  readonly happened: PendingChange | undefined;
  /** A pairing secret died of age. */
  readonly pairingExpired: boolean;
}

/** Pause between two sweeps of dead records. */
const SWEEP_PAUSE_MS = 1000;

/**
 * What is due at `nowMs`: at most one announced change, else the progress of those that wait and a piece of the sweep of dead
 * records; and the next step of the time floor. Closes a pairing that is too old, in memory.
 */
export function planTick(state: AccessState, nowMs: number): TickPlan {
  state.seen(nowMs);
  const { pairing, pending } = state;
  const pairingExpired = pairing.expiresAtMs !== undefined && !pairing.isOpen(nowMs);
  if (pairingExpired) pairing.close();
  const floor = state.time.planProgress(nowMs);
  const due = pending.all().find((change) => pending.remainingS(change.id, nowMs) === 0);
  if (due !== undefined) {
    const done = carryOut(state, due);
    return { changes: [...done.changes, ...floor], closing: done.closing, happened: done.happened ? due : undefined, pairingExpired };
  }
  const progress = pending.planProgress(nowMs);
  // One or the other, so that a batch stays within half a small sector.
  const rest = progress.length > 0 ? progress : planSweep(state);
  return { changes: [...floor, ...rest], closing: CLOSES_NOTHING, happened: undefined, pairingExpired };
}

/** When {@link planTick} will next have something to do; undefined: not by itself. */
export function nextTickMs(state: AccessState, nowMs: number): number | undefined {
  const sweepMs = staleRecords(state).some(({ count }) => count > 0) ? nowMs + SWEEP_PAUSE_MS : undefined;
  return earliest(state.pending.nextMs(nowMs), state.time.nextProgressMs(nowMs), state.pairing.expiresAtMs, sweepMs);
}

/** What every owner is told on contact. */
export function notices(state: AccessState, nowMs: number): readonly Notice[] {
  return state.pending.all().map((change) => ({
    pendingId: change.id,
    what: change.what,
    target: change.target === undefined ? undefined : fromHex(change.target)!,
    dueInS: state.pending.remainingS(change.id, nowMs),
  }));
}

function carryOut(state: AccessState, due: PendingChange): { readonly changes: readonly RecordChange[]; readonly closing: Closing; readonly happened: boolean } {
  if (due.what === "reset") return { ...resetNow(state), happened: true };
  const target = state.keys.get(due.target!);
  const isLastOwner = target?.role === "owner" && state.keys.owners.size === 1;
  if (target === undefined || isLastOwner) return { changes: [removePending(due.id)], closing: CLOSES_NOTHING, happened: false };
  return { ...removeNow(state, target), happened: true };
}

function staleRecords({ keys, revocations, settings, pending, pin }: AccessState): readonly Stale[] {
  return [keys.stale, revocations.stale, settings.stale, pending.stale, pin.stale];
}

/** Removes records of earlier owners, and what is known of single grants that are dead without it. */
function planSweep(state: AccessState): readonly RecordChange[] {
  const changes: RecordChange[] = [];
  for (const stale of staleRecords(state)) changes.push(...stale.plan(SWEEP_COUNT_MAX - changes.length));
  const swept = new Map<string, number>();
  for (const remains of grantRemains(state)) {
    if (changes.length >= SWEEP_COUNT_MAX) break;
    const issuer = state.issuers.get(remains.issuerId);
    const endedByEpoch = remains.issuerEpoch < issuer.epoch;
    const ended = remains.expiresAtS !== undefined && remains.expiresAtS <= state.time.floorS;
    if (!endedByEpoch && !ended) continue;
    if (!endedByEpoch) swept.set(remains.issuerId, Math.max(swept.get(remains.issuerId) ?? issuer.sweptS, remains.expiresAtS!));
    changes.push({ table: remains.table, key: remains.recordKey, value: undefined });
  }
  for (const [issuerId, sweptS] of swept) changes.push(putIssuer(issuerId, { ...state.issuers.get(issuerId), sweptS }));
  return changes;
}

function* grantRemains(state: AccessState): Iterable<GrantRemains> {
  yield* state.revocations.remains();
  yield* state.uses.remains();
}
