import { arm, audit, disarm, refuse, type AuditEffect, type LockEffect, type RefuseEffect, type TimerEffect } from "./effects.ts";
import { driveHindrance, inUse } from "./guards.ts";
import type { Outcome, Table } from "./machine.ts";
import type { LockContext } from "./state.ts";

/** The immobiliser, apart from the latches. `limited`: released for a valet. */
export type DriveState =
  /** Since the start the powertrain has said nothing; the immobiliser is left as it stands. */
  | { readonly kind: "unknown" }
  | { readonly kind: "immobilised" }
  /** Immobilised, but so recently that a crash signal still counts. */
  | { readonly kind: "justImmobilised" }
  /** Released, not started yet: withdrawn when the decay timer fires. */
  | { readonly kind: "authorised"; readonly limited: boolean }
  | { readonly kind: "running"; readonly limited: boolean }
  /** Stopped a moment ago: may be started again until the decay timer fires. */
  | { readonly kind: "decaying"; readonly limited: boolean }
  /** It ran, or rolled, when we started: not withdrawn before it stops. */
  | { readonly kind: "foundRunning" };

export type DriveEvent =
  | { readonly kind: "driveAuthorised"; readonly limited: boolean }
  | { readonly kind: "ran" }
  /** Moves without running. */
  | { readonly kind: "rolled" }
  | { readonly kind: "rested" }
  | { readonly kind: "valetBegan" }
  | { readonly kind: "decayTimedOut" }
  | { readonly kind: "crashWindowTimedOut" };

export type DriveTimer = "decayTimedOut" | "crashWindowTimedOut";

export type DriveEffect = Extract<LockEffect, { kind: "setImmobiliser" }> | TimerEffect | RefuseEffect | AuditEffect;
export type DriveTable = Table<DriveState, DriveEvent, DriveTimer, DriveEffect, LockContext>;
type DriveOutcome = Outcome<DriveState, DriveEffect>;
type Authorised = Extract<DriveEvent, { kind: "driveAuthorised" }>;
type Released = Extract<DriveState, { limited: boolean }>;

const authorise = (state: DriveState, event: Authorised, context: LockContext): DriveOutcome => {
  const reason = driveHindrance(context);
  if (reason !== undefined) return [state, refuse(reason)];
  const limited = event.limited || context.facts.valet;
  return [{ kind: "authorised", limited }, disarm("crashAfterDrive"), release(limited), armDecay(context)];
};

/** The powertrain may run although we hold it immobilised: then there is no start to wait for. */
const authoriseAtLast = (state: DriveState, event: Authorised, context: LockContext): DriveOutcome => {
  const { powertrain } = context.facts;
  if (powertrain !== "idling" && powertrain !== "moving") return authorise(state, event, context);
  const [next, ...effects] = authoriseFound(state, event, context);
  return [next, disarm("crashAfterDrive"), ...effects];
};

/** While the car is in use a limit may be lifted, never imposed. */
const authoriseRunning = (state: Released, event: Authorised, context: LockContext): DriveOutcome => {
  const limited = state.limited && (event.limited || context.facts.valet);
  return limited === state.limited ? [state] : [{ kind: "running", limited }, release(limited)];
};

const authoriseFound = (_state: DriveState, event: Authorised, context: LockContext): DriveOutcome => {
  const limited = event.limited || context.facts.valet;
  return [{ kind: "running", limited }, release(limited)];
};

const run = (state: Released): DriveOutcome => [{ kind: "running", limited: state.limited }, disarm("driveDecay")];

const adoptRunning = (): DriveOutcome => [{ kind: "foundRunning" }];

const startUnasked = (state: DriveState): DriveOutcome => [
  state,
  audit("startWithoutAuthorisation", "info", "the drive runs without an authorisation"),
];

/** After the stop it may be started again for a while, except that an unlimited release ends where valet mode has begun. */
const stop = (state: Released, event: DriveEvent, context: LockContext): DriveOutcome => {
  if (context.facts.valet && !state.limited) return withdraw(state, event, context);
  return [{ kind: "decaying", limited: state.limited }, armDecay(context)];
};

/** Nobody has authorised anything since the start, so that no crash counts either. */
const restAtFirst = (): DriveOutcome => [{ kind: "immobilised" }, ENGAGE];

const withdraw = (_state: DriveState, _event: DriveEvent, context: LockContext): DriveOutcome => [
  { kind: "justImmobilised" },
  disarm("driveDecay"),
  ENGAGE,
  arm("crashAfterDrive", context.description.crashAfterDriveMs),
];

const withdrawForValet = (state: Released, event: DriveEvent, context: LockContext): DriveOutcome =>
  state.limited || inUse(context.facts) ? [state] : withdraw(state, event, context);

/** A car that rolls with its engine stalled keeps the right to start it again. */
const decay = (state: Released, event: DriveEvent, context: LockContext): DriveOutcome =>
  inUse(context.facts) ? [state, armDecay(context)] : withdraw(state, event, context);

const forget = (): DriveOutcome => [{ kind: "immobilised" }];

/** The immobiliser: what it does on each event in each state. */
export const DRIVE: DriveTable = {
  unknown: {
    driveAuthorised: authorise,
    ran: adoptRunning,
    rolled: adoptRunning,
    rested: restAtFirst,
    valetBegan: "ignore",
    decayTimedOut: "never",
    crashWindowTimedOut: "never",
  },
  immobilised: {
    driveAuthorised: authoriseAtLast,
    ran: startUnasked,
    rolled: "ignore",
    rested: "ignore",
    valetBegan: "ignore",
    decayTimedOut: "never",
    crashWindowTimedOut: "never",
  },
  justImmobilised: {
    driveAuthorised: authoriseAtLast,
    ran: startUnasked,
    rolled: "ignore",
    rested: "ignore",
    valetBegan: "ignore",
    decayTimedOut: "never",
    crashWindowTimedOut: forget,
  },
  authorised: {
    driveAuthorised: authorise,
    ran: run,
    rolled: "ignore",
    rested: "ignore",
    valetBegan: withdrawForValet,
    decayTimedOut: decay,
    crashWindowTimedOut: "never",
  },
  running: {
    driveAuthorised: authoriseRunning,
    ran: "ignore",
    rolled: "ignore",
    rested: stop,
    valetBegan: "ignore",
    decayTimedOut: "never",
    crashWindowTimedOut: "never",
  },
  decaying: {
    driveAuthorised: authorise,
    ran: run,
    rolled: "ignore",
    rested: "ignore",
    valetBegan: withdrawForValet,
    decayTimedOut: decay,
    crashWindowTimedOut: "never",
  },
  foundRunning: {
    driveAuthorised: authoriseFound,
    ran: "ignore",
    rolled: "ignore",
    rested: restAtFirst,
    valetBegan: "ignore",
    decayTimedOut: "never",
    crashWindowTimedOut: "never",
  },
};

/** Whether a crash signal counts: the drive is authorised, or was within the description's time. */
export function crashCounts(drive: DriveState): boolean {
  switch (drive.kind) {
    case "authorised":
    case "running":
    case "decaying":
    case "justImmobilised":
      return true;
    case "unknown":
    case "immobilised":
    case "foundRunning":
      return false;
  }
}

/** Whether the immobiliser holds the drive now, as far as we know; undefined where it was left as it stood. */
export function isImmobilised(drive: DriveState): boolean | undefined {
  if (drive.kind === "unknown" || drive.kind === "foundRunning") return undefined;
  return drive.kind === "immobilised" || drive.kind === "justImmobilised";
}

const ENGAGE: DriveEffect = { kind: "setImmobiliser", released: false, limited: false };

function release(limited: boolean): DriveEffect {
  return { kind: "setImmobiliser", released: true, limited };
}

function armDecay(context: LockContext): TimerEffect {
  return arm("driveDecay", context.description.driveDecayMs);
}
