import { assert, unreachable } from "../base/index.ts";
import type { Action, ReasonName } from "../wire/index.ts";
import { Authorisation } from "./authorisation.ts";
import { CRASH_WATCH_START, watchCrash } from "./crash.ts";
import { LATCHES_MAX, type LatchDescription, type LatchId, type VehicleDescription } from "./description.ts";
import { Draft, type LockTables } from "./draft.ts";
import { crashCounts, type DriveEvent } from "./drive.ts";
import { audit, type LockEffect, type TimerName } from "./effects.ts";
import type { LockEvent } from "./events.ts";
import { keepsOpen } from "./guards.ts";
import type { LatchEvent } from "./latch.ts";
import type { LockState, Powertrain } from "./state.ts";
import { supplyImproved, supplyStage } from "./supply.ts";

/** What one event came to. A refusal changes nothing: the state is the one given, and there are no effects. */
export interface LockStep {
  readonly state: LockState;
  readonly effects: readonly LockEffect[];
  readonly refused?: ReasonName;
}

/**
 * One event at one moment (monotonic milliseconds). Pure. Throws InvariantViolation for a request whose authorisation is not
 * genuine or is for another action.
 */
export type LockStepper = (description: VehicleDescription, state: LockState, event: LockEvent, nowMs: number) => LockStep;

type LockEventOf<Kind> = Extract<LockEvent, { kind: Kind }>;

/** At most one answer timer for each latch, and four of the vehicle's. */
const TIMERS_MAX = LATCHES_MAX + 4;

/** Joins the tables to one lock: it turns an event into events of the components, and their answers into one answer. */
export function composeLock(tables: LockTables): LockStepper {
  return (description, state, event, nowMs) => {
    const draft = new Draft(tables, description, state, nowMs);
    tell(draft, event);
    if (draft.now.latches !== state.latches) tellSecurity(draft, security(state));
    const next = draft.finish();
    const answer = { state: next, effects: draft.effects };
    return draft.refused === undefined ? answer : { ...answer, refused: draft.refused };
  };
}

function tell(draft: Draft, event: LockEvent): void {
  switch (event.kind) {
    case "unlockAuthorised":
      assertGenuine(event.authorisation, event.scope === "trunk" ? "trunk" : "unlock");
      return draft.tellVehicle({ kind: "unlockAuthorised", scope: event.scope });
    case "lockOrdered":
      return draft.tellVehicle({ kind: "lockOrdered", forced: event.forced });
    case "driveAuthorised":
      assertGenuine(event.authorisation, "drive");
      return draft.tellDrive({ kind: "driveAuthorised", limited: event.limited });
    case "insideHandlePulled":
      return pullHandle(draft, event.latch);
    case "doorChanged":
      return changeDoor(draft, event);
    case "latchReported":
      return reportLatch(draft, event);
    case "inputPulsed":
      return takePulse(draft, event);
    case "occupancyChanged":
      return changeOccupancy(draft, event.occupied);
    case "powertrainChanged":
      return changePowertrain(draft, powertrain(event));
    case "supplyMeasured":
      return measureSupply(draft, event.millivolts);
    case "keyPresenceChanged":
      return changeKeyPresence(draft, event);
    case "valetChanged":
      return changeValet(draft, event.on);
    case "timePassed":
      return fireDue(draft);
    default:
      return unreachable(event);
  }
}

/** Free egress: the latch is told first, and nothing the vehicle makes of it takes that back. */
function pullHandle(draft: Draft, id: LatchId): void {
  const latch = find(draft, id);
  if (latch === undefined) return;
  draft.tellLatch(latch, { kind: "handlePulled" });
  draft.tellVehicle({ kind: "egress" });
}

function changeDoor(draft: Draft, event: LockEventOf<"doorChanged">): void {
  const latch = find(draft, event.latch);
  const { facts } = draft.now;
  if (latch === undefined || facts.open.get(latch.id) === event.open) return;
  draft.learn({ ...facts, open: new Map(facts.open).set(latch.id, event.open) });
  if (keepsOpen(latch)) draft.tellVehicle({ kind: event.open ? "doorOpened" : "hindranceGone" });
}

const REPORTS: { readonly [R in LockEventOf<"latchReported">["report"]]: LatchEvent } = {
  locked: { kind: "lockedReported" },
  unlocked: { kind: "unlockedReported" },
  stalled: { kind: "stallReported" },
};

function reportLatch(draft: Draft, event: LockEventOf<"latchReported">): void {
  const latch = find(draft, event.latch);
  if (latch !== undefined) draft.tellLatch(latch, REPORTS[event.report]);
}

/** Pulses that come while a crash would not count are not kept for later. */
function takePulse(draft: Draft, event: LockEventOf<"inputPulsed">): void {
  const pattern = draft.description.crash;
  if (pattern === undefined || event.input !== pattern.input) return;
  if (!crashCounts(draft.now.drive)) {
    draft.watchCrash(CRASH_WATCH_START);
    return;
  }
  const { watch, complete } = watchCrash(pattern, draft.now.crash, event, draft.nowMs);
  draft.watchCrash(watch);
  if (complete) draft.tellVehicle({ kind: "crashed" });
}

function changeOccupancy(draft: Draft, occupied: boolean): void {
  const { facts } = draft.now;
  if (facts.occupied === occupied) return;
  draft.learn({ ...facts, occupied });
  if (!occupied) draft.tellVehicle({ kind: "hindranceGone" });
}

function powertrain(event: LockEventOf<"powertrainChanged">): Powertrain {
  if (event.running) return event.moving ? "moving" : "idling";
  return event.moving ? "rolling" : "atRest";
}

const DRIVE_EVENTS: { readonly [P in Exclude<Powertrain, "unreported">]: DriveEvent } = {
  atRest: { kind: "rested" },
  rolling: { kind: "rolled" },
  idling: { kind: "ran" },
  moving: { kind: "ran" },
};

function changePowertrain(draft: Draft, reported: Powertrain): void {
  const { facts } = draft.now;
  const before = facts.powertrain;
  if (reported === before || reported === "unreported") return;
  draft.learn({ ...facts, powertrain: reported });
  const ranBefore = before === "idling" || before === "moving";
  const event = DRIVE_EVENTS[reported];
  if (event.kind !== "ran" || !ranBefore) draft.tellDrive(event);
  if (ranBefore && event.kind !== "ran") draft.tellVehicle({ kind: "hindranceGone" });
}

function measureSupply(draft: Draft, millivolts: number): void {
  const { facts } = draft.now;
  const before = facts.supply;
  const supply = supplyStage(before, millivolts, draft.description.supply);
  if (supply === before) return;
  draft.learn({ ...facts, supply });
  draft.effects.push(audit("supplyStage", "info", supply));
  if (supplyImproved(before, supply)) draft.tellVehicle({ kind: "hindranceGone" });
}

function changeKeyPresence(draft: Draft, { inside, near }: LockEventOf<"keyPresenceChanged">): void {
  const { facts } = draft.now;
  if (facts.keysInside === inside && facts.keysNear === near) return;
  const here = facts.keysInside + facts.keysNear > 0;
  const staysHere = inside + near > 0;
  draft.learn({ ...facts, keysInside: inside, keysNear: near });
  if (here !== staysHere) draft.tellVehicle({ kind: staysHere ? "keyCame" : "lastKeyLeft" });
}

function changeValet(draft: Draft, on: boolean): void {
  const { facts } = draft.now;
  if (facts.valet !== on) draft.learn({ ...facts, valet: on });
  if (on) draft.tellDrive({ kind: "valetBegan" });
}

/** In order of time, then of name. A timer armed meanwhile lies in the future, so that each fires once at most. */
function fireDue(draft: Draft): void {
  for (let fired = 0; ; fired++) {
    const timer = firstDue(draft);
    if (timer === undefined) return;
    assert(fired < TIMERS_MAX, "each timer fires once at most in a step");
    draft.clearDeadline(timer);
    fire(draft, timer);
  }
}

function firstDue(draft: Draft): TimerName | undefined {
  let first: readonly [TimerName, number] | undefined;
  for (const [timer, atMs] of draft.now.deadlines) {
    if (atMs > draft.nowMs) continue;
    if (first === undefined || atMs < first[1] || (atMs === first[1] && timer < first[0])) first = [timer, atMs];
  }
  return first?.[0];
}

function fire(draft: Draft, timer: TimerName): void {
  switch (timer) {
    case "relock":
      return draft.tellVehicle({ kind: "relockTimedOut" });
    case "walkAway":
      return draft.tellVehicle({ kind: "walkAwayTimedOut" });
    case "driveDecay":
      return draft.tellDrive({ kind: "decayTimedOut" });
    case "crashAfterDrive":
      return draft.tellDrive({ kind: "crashWindowTimedOut" });
    default: {
      const latch = find(draft, timer.slice("answer:".length));
      assert(latch !== undefined, "an answer timer belongs to a latch");
      return draft.tellLatch(latch, { kind: "answerTimedOut" });
    }
  }
}

/** `unsure`: some latch is unknown or on its way to be locked, none is known to be open. */
type Security = "locked" | "unsure" | "open";

function security(state: LockState): Security {
  let result: Security = "locked";
  for (const latch of state.latches.values()) {
    if (latch.kind === "locked" || (latch.kind === "unconfirmed" && latch.toward === "locked")) continue;
    if (latch.kind !== "unknown" && latch.kind !== "locking") return "open";
    result = "unsure";
  }
  return result;
}

function tellSecurity(draft: Draft, before: Security): void {
  const after = security(draft.now);
  if (after === before) return;
  if (after === "locked") draft.tellVehicle({ kind: "allLocked" });
  else if (before === "locked" || after === "open") draft.tellVehicle({ kind: "notAllLocked" });
}

function find(draft: Draft, id: LatchId): LatchDescription | undefined {
  return draft.description.latches.find((latch) => latch.id === id);
}

function assertGenuine(authorisation: unknown, action: Action): void {
  assert(Authorisation.isGenuine(authorisation), "an authorisation comes from the access decision");
  assert(Authorisation.isFor(authorisation, action), "an authorisation is used for what it was given");
}
