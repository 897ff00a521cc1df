import type { LatchDescription, LockEffect, LockEvent, LockState, LockStep, TimerName, VehicleDescription } from "../../../firmware/lock/index.ts";
import { drives } from "./fixtures.ts";
import { timersOf } from "./model-state.ts";

/** One transition of the model. `timer` names the timer that fired where the event is `timePassed`. */
export interface Edge {
  readonly description: VehicleDescription;
  readonly before: LockState;
  readonly event: LockEvent;
  readonly timer: TimerName | undefined;
  readonly step: LockStep;
}

/** What must hold on every edge. Written from the rules, without a word of the tables or their guards. */
export const RULES: Readonly<Record<string, (edge: Edge) => boolean>> = {
  "free egress: the inside handle opens, always": (edge) => {
    if (edge.event.kind !== "insideHandlePulled") return true;
    const id = edge.event.latch;
    const before = edge.before.latches.get(id)!.kind;
    const after = edge.step.state.latches.get(id)!.kind;
    const already = before === "unlocked" || before === "unlocking";
    const driven = drives(edge.step.effects).some((drive) => drive.latch === id && drive.toward === "unlocked");
    const relocked = drives(edge.step.effects).some((drive) => drive.toward === "locked");
    return edge.step.refused === undefined && (already || driven) && (after === "unlocked" || after === "unlocking") && !relocked;
  },

  "no key, no entry: nothing unlocks from outside without an authorisation in the event, or the crash rule": (edge) =>
    drives(edge.step.effects).every((drive) => drive.toward !== "unlocked" || mayUnlock(edge, drive.latch)),

  "never locks with a door open or a key inside unless forced, nor by itself below the supply limit": (edge) =>
    drives(edge.step.effects).every((drive) => drive.toward !== "locked" || mayLock(edge, drive.latch)),

  "only a drive authorisation releases the immobiliser": (edge) =>
    immobiliser(edge.step.effects).every((effect) => !effect.released || edge.event.kind === "driveAuthorised"),

  "the drive is never withdrawn while the car runs or moves": (edge) => {
    const { powertrain } = edge.step.state.facts;
    if (powertrain === "atRest" || powertrain === "unreported") return true;
    const { kind } = edge.before.drive;
    const dropped = kind === "running" && edge.step.state.drive.kind !== "running";
    return !dropped && immobiliser(edge.step.effects).every((effect) => effect.released);
  },

  "attempts are bounded": (edge) =>
    edge.description.latches.every((latch) => {
      const state = edge.step.state.latches.get(latch.id)!;
      return !("attempt" in state) || state.attempt <= latch.attemptsMax;
    }),

  "a refusal changes nothing": (edge) =>
    edge.step.refused === undefined || (edge.step.state === edge.before && edge.step.effects.length === 0),

  "the running timers follow from the state": (edge) => {
    if (edge.step.state === edge.before) return true;
    const expected = timersOf(edge.step.state);
    const { deadlines } = edge.step.state;
    return deadlines.size === expected.size && [...expected].every((timer) => deadlines.has(timer));
  },

  "the car says locked exactly when every latch is": (edge) => {
    const all = [...edge.step.state.latches.values()].every(
      (latch) => latch.kind === "locked" || (latch.kind === "unconfirmed" && latch.toward === "locked"),
    );
    return all === (edge.step.state.vehicle.kind === "locked");
  },

  "losing keys or links locks nothing at once and immobilises nothing": (edge) =>
    edge.event.kind !== "keyPresenceChanged" || edge.step.effects.length === 0,

  "valet mode gives no trunk and no unlimited drive": (edge) => {
    if (!edge.before.facts.valet) return true;
    if (edge.event.kind === "unlockAuthorised" && edge.event.scope === "trunk") return edge.step.refused === "valetMode";
    return immobiliser(edge.step.effects).every((effect) => !effect.released || effect.limited);
  },

  "the reserve pays for unlocking alone": (edge) => {
    if (edge.before.facts.supply !== "reserve") return true;
    if (edge.event.kind === "lockOrdered") return edge.step.refused === "lowSupply";
    return drives(edge.step.effects).every((drive) => drive.toward === "unlocked");
  },

  "only a drive that was authorised lets a crash count after it": (edge) => {
    const remembered = edge.step.state.drive.kind === "justImmobilised";
    return !remembered || ["authorised", "running", "decaying", "justImmobilised"].includes(edge.before.drive.kind);
  },

  "a crash opens the doors, leaves the immobiliser alone and is logged": (edge) => {
    if (edge.event.kind !== "inputPulsed") return true;
    const counts = ["authorised", "running", "decaying", "justImmobilised"].includes(edge.before.drive.kind);
    if (!counts) return edge.step.effects.length === 0;
    const opened = edge.description.latches
      .filter((latch) => latch.kind === "door")
      .every((latch) => ["unlocked", "unlocking"].includes(edge.step.state.latches.get(latch.id)!.kind));
    const log = edge.step.effects.some((effect) => effect.kind === "audit" && effect.what === "crashUnlock");
    return opened && log && immobiliser(edge.step.effects).length === 0;
  },
};

/** The rules that an edge can break by doing nothing. */
export const DEMANDS: ReadonlySet<string> = new Set(
  Object.keys(RULES).filter((rule) => /^(free egress|valet mode|the reserve|a crash|the running timers)/.test(rule)),
);

function mayUnlock(edge: Edge, id: string): boolean {
  const { event, before } = edge;
  const latch = describe(edge, id);
  const isTrunk = latch.kind === "trunk" || latch.kind === "frontTrunk";
  switch (event.kind) {
    case "unlockAuthorised":
      return before.facts.powertrain !== "moving" && isTrunk === (event.scope === "trunk");
    case "insideHandlePulled":
      return event.latch === id;
    case "inputPulsed":
      return latch.kind === "door" && ["authorised", "running", "decaying", "justImmobilised"].includes(before.drive.kind);
    default:
      return isRepeat(edge, id, "unlocking");
  }
}

function mayLock(edge: Edge, id: string): boolean {
  const { event, before, timer } = edge;
  const latch = before.latches.get(id)!;
  if (event.kind === "lockOrdered") return closedToLock(edge, id, event.forced);
  if (timer === "relock" || timer === "walkAway") {
    const occupied = timer === "walkAway" && before.facts.occupied;
    const running = before.facts.powertrain === "idling" || before.facts.powertrain === "moving";
    return closedToLock(edge, id, false) && suppliedToLockByItself(before) && !occupied && !running;
  }
  if (!isRepeat(edge, id, "locking") || latch.kind !== "locking") return false;
  if (latch.order === "automatic" && !suppliedToLockByItself(before)) return false;
  return closedToLock(edge, id, latch.order === "forced");
}

function closedToLock(edge: Edge, id: string, forced: boolean): boolean {
  const { open, keysInside } = edge.before.facts;
  const stands = (latch: LatchDescription): boolean => latch.kind !== "chargePort" && open.get(latch.id) === true;
  if (stands(describe(edge, id))) return false;
  return forced || (keysInside === 0 && !edge.description.latches.some(stands));
}

function suppliedToLockByItself(state: LockState): boolean {
  return state.facts.supply === "normal" || state.facts.supply === "warn";
}

/** A further attempt at a motion that was allowed when it began. */
function isRepeat(edge: Edge, id: string, motion: "locking" | "unlocking"): boolean {
  const stalled = edge.event.kind === "latchReported" && edge.event.latch === id && edge.event.report === "stalled";
  return edge.before.latches.get(id)!.kind === motion && (stalled || edge.timer === `answer:${id}`);
}

function describe(edge: Edge, id: string): LatchDescription {
  return edge.description.latches.find((latch) => latch.id === id)!;
}

function immobiliser(effects: readonly LockEffect[]): readonly Extract<LockEffect, { kind: "setImmobiliser" }>[] {
  return effects.filter((effect) => effect.kind === "setImmobiliser");
}
