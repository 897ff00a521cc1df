import type { ReasonName } from "../wire/index.ts";
import type { LatchId } from "./description.ts";
import type { UnlockScope } from "./events.ts";

/** Our own timers. At most one of each name runs; arming again replaces it. */
export type TimerName = `answer:${LatchId}` | "relock" | "walkAway" | "driveDecay" | "crashAfterDrive";

/** What the lock wants in the audit log. */
export interface AuditEffect {
  readonly kind: "audit";
  readonly what:
    | "crashUnlock"
    | "jam"
    | "autoRelock"
    | "walkAwayLock"
    | "supplyStage"
    | "freeEgress"
    | "movedByHand"
    | "startWithoutAuthorisation";
  readonly outcome: "done" | "refused" | "failed" | "info";
  /** A reason name or a short sentence; names latches, never keys or places. */
  readonly why: string;
}

/** What the lock wants done, in order. The first three have the shape of the controller's effects. */
export type LockEffect =
  | { readonly kind: "driveLatch"; readonly latch: LatchId; readonly toward: "locked" | "unlocked"; readonly pulseMs: number }
  | { readonly kind: "stopLatch"; readonly latch: LatchId }
  | { readonly kind: "setImmobiliser"; readonly released: boolean; readonly limited: boolean }
  /** What a latch has come to, after an order or because somebody moved it. */
  | { readonly kind: "latchSettled"; readonly latch: LatchId; readonly as: "locked" | "unlocked" | "jammed" | "unconfirmed" }
  | AuditEffect;

/** What tables do with timers; the composer turns it into deadlines. */
export type TimerEffect =
  | { readonly kind: "arm"; readonly timer: TimerName; readonly afterMs: number }
  | { readonly kind: "disarm"; readonly timer: TimerName };

/**
 * Why a latch is to be locked, and so what may stop it: `asked` by a key, `forced` by a key that takes open doors and keys
 * inside into account, or `automatic`.
 */
export type LockOrder = "asked" | "forced" | "automatic";

/** What the vehicle's table has the latches do. `doors`: those people get out by. */
export type LatchOrder =
  | { readonly kind: "lockLatches"; readonly order: LockOrder }
  | { readonly kind: "unlockLatches"; readonly scope: UnlockScope | "doors" };

/** The request behind the event is refused; the cell then changes nothing. */
export interface RefuseEffect {
  readonly kind: "refuse";
  readonly reason: ReasonName;
}

/** Arms `timer` to fire `afterMs` from now. */
export function arm(timer: TimerName, afterMs: number): TimerEffect {
  return { kind: "arm", timer, afterMs };
}

/** Stops `timer`, if it runs. */
export function disarm(timer: TimerName): TimerEffect {
  return { kind: "disarm", timer };
}

/** One line for the audit log. */
export function audit(what: AuditEffect["what"], outcome: AuditEffect["outcome"], why: string): AuditEffect {
  return { kind: "audit", what, outcome, why };
}

/** Refuses the request for `reason`. */
export function refuse(reason: ReasonName): RefuseEffect {
  return { kind: "refuse", reason };
}
