import { arm, audit, disarm, refuse } from "./effects.ts";
import type { AuditEffect, LatchOrder, LockOrder, RefuseEffect, TimerEffect } from "./effects.ts";
import type { UnlockScope } from "./events.ts";
import { allAt, anyOpen, latchesIn, latchesToLock } from "./guards.ts";
import { automaticHindrance, lockHindrance, unlockHindrance, walkAwayHindrance } from "./guards.ts";
import type { Outcome, Table } from "./machine.ts";
import type { LockContext } from "./state.ts";

/** What the car as a whole is about. `locked` says that every latch is, as far as the hardware can tell. */
export type VehicleState =
  /** Since the start nobody has said enough to know. */
  | { readonly kind: "unknown" }
  | { readonly kind: "locked" }
  | { readonly kind: "unlocked" }
  /** Unlocked by a key, and no door has opened since: the relock timer runs. */
  | { readonly kind: "relockArmed" }
  /** The last key has left: the walk-away timer runs. */
  | { readonly kind: "walkAwayArmed" }
  /** The last key has left, but locking was not allowed: tried again when a hindrance goes. */
  | { readonly kind: "walkAwayBlocked" }
  /** A crash unlocked the doors: nothing locks until somebody orders it. */
  | { readonly kind: "openAfterCrash" };

export type VehicleEvent =
  | { readonly kind: "unlockAuthorised"; readonly scope: UnlockScope }
  | { readonly kind: "lockOrdered"; readonly forced: boolean }
  /** An inside handle was pulled. */
  | { readonly kind: "egress" }
  | { readonly kind: "doorOpened" }
  /** A door closed, somebody left, the drive stopped or the supply rose. */
  | { readonly kind: "hindranceGone" }
  | { readonly kind: "lastKeyLeft" }
  | { readonly kind: "keyCame" }
  | { readonly kind: "crashed" }
  /** From now on every latch is locked, or was driven there and cannot say. */
  | { readonly kind: "allLocked" }
  /** From now on some latch is not. */
  | { readonly kind: "notAllLocked" }
  | { readonly kind: "relockTimedOut" }
  | { readonly kind: "walkAwayTimedOut" };

export type VehicleTimer = "relockTimedOut" | "walkAwayTimedOut";

export type VehicleEffect = TimerEffect | LatchOrder | RefuseEffect | AuditEffect;
export type VehicleTable = Table<VehicleState, VehicleEvent, VehicleTimer, VehicleEffect, LockContext>;
type VehicleOutcome = Outcome<VehicleState, VehicleEffect>;
type Unlock = Extract<VehicleEvent, { kind: "unlockAuthorised" }>;
type Lock = Extract<VehicleEvent, { kind: "lockOrdered" }>;

const UNLOCKED: VehicleState = { kind: "unlocked" };

const to = (kind: VehicleState["kind"]) => (): VehicleOutcome => [{ kind }];

/** Opens a car that was not in use: it locks again by itself if nobody gets in. */
const unlockAndWatch = (state: VehicleState, event: Unlock, context: LockContext): VehicleOutcome => {
  const reason = unlockHindrance(event.scope, context);
  if (reason !== undefined) return [state, refuse(reason)];
  const { autoRelockMs } = context.description;
  if (autoRelockMs === 0 || anyOpen(context)) return [UNLOCKED, disarm("relock"), disarm("walkAway"), unlockLatches(event.scope)];
  return [{ kind: "relockArmed" }, disarm("walkAway"), unlockLatches(event.scope), arm("relock", autoRelockMs)];
};

/** Opens what is still locked of a car that is in use. */
const unlockMore =
  (next: VehicleState) =>
  (state: VehicleState, event: Unlock, context: LockContext): VehicleOutcome => {
    const reason = unlockHindrance(event.scope, context);
    if (reason !== undefined) return [state, refuse(reason)];
    if (allAt("unlocked", latchesIn(event.scope, context), context)) return [state, refuse("nothingToDo")];
    return [next, unlockLatches(event.scope)];
  };

const lockTo =
  (next: VehicleState) =>
  (state: VehicleState, event: Lock, context: LockContext): VehicleOutcome => {
    const order: LockOrder = event.forced ? "forced" : "asked";
    const reason = lockHindrance(order, context);
    if (reason !== undefined) return [state, refuse(reason)];
    const latches = latchesToLock(context);
    if (latches.length === 0) return [state, refuse("doorOpen")];
    if (allAt("locked", latches, context)) return [state, refuse("nothingToDo")];
    return [next, disarm("relock"), disarm("walkAway"), { kind: "lockLatches", order }];
  };

const waitForWalkAway = (state: VehicleState, _event: VehicleEvent, context: LockContext): VehicleOutcome =>
  context.description.walkAwayEnabled
    ? [{ kind: "walkAwayArmed" }, arm("walkAway", context.description.walkAwayMs)]
    : [state];

const relock = (_state: VehicleState, _event: VehicleEvent, context: LockContext): VehicleOutcome => {
  const why = automaticHindrance(context);
  if (why !== undefined) return [UNLOCKED, audit("autoRelock", "refused", why)];
  return [UNLOCKED, { kind: "lockLatches", order: "automatic" }, audit("autoRelock", "done", "no door was opened")];
};

const walkAway = (_state: VehicleState, _event: VehicleEvent, context: LockContext): VehicleOutcome => {
  const why = walkAwayHindrance(context);
  if (why !== undefined) return [{ kind: "walkAwayBlocked" }, audit("walkAwayLock", "refused", why)];
  return [UNLOCKED, { kind: "lockLatches", order: "automatic" }, audit("walkAwayLock", "done", "the last key has left")];
};

const openForRescue = (): VehicleOutcome => [
  { kind: "openAfterCrash" },
  disarm("relock"),
  disarm("walkAway"),
  { kind: "unlockLatches", scope: "doors" },
  audit("crashUnlock", "done", "the wired crash signal came"),
];

const endRelock = (next: VehicleState) => (): VehicleOutcome => [next, disarm("relock")];
const endWalkAway = (next: VehicleState) => (): VehicleOutcome => [next, disarm("walkAway")];

/** The car as a whole: what it does on each event in each state. */
export const VEHICLE: VehicleTable = {
  unknown: {
    unlockAuthorised: unlockAndWatch,
    lockOrdered: lockTo({ kind: "unknown" }),
    egress: "ignore",
    doorOpened: "ignore",
    hindranceGone: "ignore",
    lastKeyLeft: waitForWalkAway,
    keyCame: "ignore",
    crashed: openForRescue,
    allLocked: to("locked"),
    notAllLocked: to("unlocked"),
    relockTimedOut: "never",
    walkAwayTimedOut: "never",
  },
  locked: {
    unlockAuthorised: unlockAndWatch,
    lockOrdered: lockTo({ kind: "locked" }),
    egress: "ignore",
    doorOpened: "ignore",
    hindranceGone: "ignore",
    lastKeyLeft: "ignore",
    keyCame: "ignore",
    crashed: openForRescue,
    allLocked: "ignore",
    notAllLocked: to("unlocked"),
    relockTimedOut: "never",
    walkAwayTimedOut: "never",
  },
  unlocked: {
    unlockAuthorised: unlockMore(UNLOCKED),
    lockOrdered: lockTo(UNLOCKED),
    egress: "ignore",
    doorOpened: "ignore",
    hindranceGone: "ignore",
    lastKeyLeft: waitForWalkAway,
    keyCame: "ignore",
    crashed: openForRescue,
    allLocked: to("locked"),
    notAllLocked: "ignore",
    relockTimedOut: "never",
    walkAwayTimedOut: "never",
  },
  relockArmed: {
    unlockAuthorised: unlockAndWatch,
    lockOrdered: lockTo(UNLOCKED),
    egress: endRelock(UNLOCKED),
    doorOpened: endRelock(UNLOCKED),
    hindranceGone: "ignore",
    lastKeyLeft: "ignore",
    keyCame: "ignore",
    crashed: openForRescue,
    allLocked: endRelock({ kind: "locked" }),
    notAllLocked: "ignore",
    relockTimedOut: relock,
    walkAwayTimedOut: "never",
  },
  walkAwayArmed: {
    unlockAuthorised: unlockAndWatch,
    lockOrdered: lockTo(UNLOCKED),
    egress: endWalkAway({ kind: "walkAwayBlocked" }),
    doorOpened: "ignore",
    hindranceGone: "ignore",
    lastKeyLeft: "ignore",
    keyCame: endWalkAway(UNLOCKED),
    crashed: openForRescue,
    allLocked: endWalkAway({ kind: "locked" }),
    notAllLocked: "ignore",
    relockTimedOut: "never",
    walkAwayTimedOut: walkAway,
  },
  walkAwayBlocked: {
    unlockAuthorised: unlockMore(UNLOCKED),
    lockOrdered: lockTo(UNLOCKED),
    egress: "ignore",
    doorOpened: "ignore",
    hindranceGone: waitForWalkAway,
    lastKeyLeft: "ignore",
    keyCame: to("unlocked"),
    crashed: openForRescue,
    allLocked: to("locked"),
    notAllLocked: "ignore",
    relockTimedOut: "never",
    walkAwayTimedOut: "never",
  },
  openAfterCrash: {
    unlockAuthorised: unlockMore({ kind: "openAfterCrash" }),
    lockOrdered: lockTo(UNLOCKED),
    egress: "ignore",
    doorOpened: "ignore",
    hindranceGone: "ignore",
    lastKeyLeft: "ignore",
    keyCame: "ignore",
    crashed: openForRescue,
    allLocked: to("locked"),
    notAllLocked: "ignore",
    relockTimedOut: "never",
    walkAwayTimedOut: "never",
  },
};

function unlockLatches(scope: UnlockScope): LatchOrder {
  return { kind: "unlockLatches", scope };
}
