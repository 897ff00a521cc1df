import type { ReasonName } from "../wire/index.ts";
import type { LatchDescription } from "./description.ts";
import type { LockOrder } from "./effects.ts";
import type { UnlockScope } from "./events.ts";
import type { Facts, LockContext } from "./state.ts";

/** Doors, trunks and the hood keep a car from being locked while open; an open charge port holds a cable and does not. */
export function keepsOpen(latch: LatchDescription): boolean {
  return latch.kind !== "chargePort";
}

/** Whether this latch is known to be open and would not catch. */
export function standsOpen(latch: LatchDescription, facts: Facts): boolean {
  return keepsOpen(latch) && facts.open.get(latch.id) === true;
}

/** Whether any door, trunk or hood is open. */
export function anyOpen(context: LockContext): boolean {
  return context.description.latches.some((latch) => standsOpen(latch, context.facts));
}

/** Whether the car moves under its own power. A towed or pushed car does not count, so that a sensor fault locks nobody out. */
export function inMotion(facts: Facts): boolean {
  return facts.powertrain === "moving";
}

/** Whether withdrawing the drive now could hit a car on the road. */
export function inUse(facts: Facts): boolean {
  return facts.powertrain === "moving" || facts.powertrain === "idling" || facts.powertrain === "rolling";
}

/** Why the car is not to be locked now, for an order of this kind. Checked again before every further attempt. */
export function lockHindrance(order: LockOrder, context: LockContext): ReasonName | undefined {
  const { supply, keysInside } = context.facts;
  if (supply === "reserve") return "lowSupply";
  if (order === "automatic" && supply === "noAutoLock") return "lowSupply";
  if (order === "forced") return undefined;
  if (anyOpen(context)) return "doorOpen";
  return keysInside > 0 ? "keyInside" : undefined;
}

/** Why the car does not lock by itself now, for the log. */
export function automaticHindrance(context: LockContext): string | undefined {
  const reason = lockHindrance("automatic", context);
  if (reason !== undefined) return reason;
  const { powertrain } = context.facts;
  return powertrain === "idling" || powertrain === "moving" ? "the drive is running" : undefined;
}

/** Why walk-away lock does not lock now, for the log. */
export function walkAwayHindrance(context: LockContext): string | undefined {
  return automaticHindrance(context) ?? (context.facts.occupied ? "somebody is inside" : undefined);
}

/** Why a key may not unlock `scope` from outside now. The reserve pays for one way in, so the trunk is not served from it. */
export function unlockHindrance(scope: UnlockScope, context: LockContext): ReasonName | undefined {
  if (scope === "trunk" && context.facts.valet) return "valetMode";
  if (inMotion(context.facts)) return "inMotion";
  if (scope === "trunk" && context.facts.supply === "reserve") return "lowSupply";
  return context.description.latches.some((latch) => belongsTo(latch, scope)) ? undefined : "nothingToDo";
}

/** Why the drive is not to be authorised now. */
export function driveHindrance(context: LockContext): ReasonName | undefined {
  return context.facts.supply === "reserve" ? "lowSupply" : undefined;
}

/** The latches that an unlock of `scope` opens. */
export function latchesIn(scope: UnlockScope | "doors", context: LockContext): readonly LatchDescription[] {
  return context.description.latches.filter((latch) => belongsTo(latch, scope));
}

/** The latches that a lock order presses: all but those that stand open. */
export function latchesToLock(context: LockContext): readonly LatchDescription[] {
  return context.description.latches.filter((latch) => !standsOpen(latch, context.facts));
}

/** Whether every one of `latches` is known to be at `position`. */
export function allAt(position: "locked" | "unlocked", latches: readonly LatchDescription[], context: LockContext): boolean {
  return latches.every(({ id }) => context.latches.get(id)?.kind === position);
}

function belongsTo(latch: LatchDescription, scope: UnlockScope | "doors"): boolean {
  const isTrunk = latch.kind === "trunk" || latch.kind === "frontTrunk";
  if (scope === "doors") return latch.kind === "door";
  return scope === "trunk" ? isTrunk : !isTrunk;
}
