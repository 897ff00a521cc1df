import {
  initialLock,
  type DriveEvent,
  type DriveState,
  type LatchContext,
  type LatchDescription,
  type LatchEvent,
  type LatchState,
  type LockContext,
  type LockOrder,
  type Powertrain,
  type VehicleDescription,
  type VehicleEvent,
  type VehicleState,
} from "../../firmware/lock/index.ts";

/** Instances of every state and event of one table, and circumstances in which its guards decide each way. */
export interface Samples<State, Event, Context> {
  readonly states: readonly State[];
  readonly events: readonly Event[];
  readonly contexts: readonly Context[];
}

const LATCH: LatchDescription = {
  id: "door",
  kind: "door",
  vssPath: "Vehicle.Cabin.Door.Row1.DriverSide",
  pulseMs: 1,
  answerTimeoutMs: 1,
  attemptsMax: 2,
  feedback: "endStop",
  onPowerLoss: "stays",
};

const VEHICLE: VehicleDescription = {
  latches: [LATCH, { ...LATCH, id: "trunk", kind: "trunk" }],
  crash: undefined,
  resetInput: undefined,
  autoRelockMs: 1,
  walkAwayEnabled: true,
  walkAwayMs: 1,
  driveDecayMs: 1,
  crashAfterDriveMs: 1,
  supply: { warnMillivolts: 3, autoLockMillivolts: 2, reserveMillivolts: 1 },
};

const ORDERS: readonly LockOrder[] = ["asked", "forced", "automatic"];
const POSITIONS = ["locked", "unlocked"] as const;
const POWERTRAINS: readonly Powertrain[] = ["unreported", "atRest", "rolling", "idling", "moving"];

function vehicleContexts(): readonly LockContext[] {
  const base: LockContext = { description: VEHICLE, latches: new Map(), facts: initialLock(VEHICLE).facts };
  const { facts } = base;
  const descriptions = [VEHICLE, { ...VEHICLE, walkAwayEnabled: false, autoRelockMs: 0 }];
  const latchStates: readonly LatchState[] = [{ kind: "locked" }, { kind: "unlocked" }];
  return [
    ...descriptions.flatMap((description) =>
      latchStates.map((state) => ({ ...base, description, latches: new Map([["door", state], ["trunk", state]] as const) })),
    ),
    { ...base, facts: { ...facts, open: new Map([["door", true]]) } },
    { ...base, facts: { ...facts, keysInside: 1 } },
    { ...base, facts: { ...facts, occupied: true } },
    { ...base, facts: { ...facts, valet: true } },
    ...(["reserve", "noAutoLock"] as const).map((supply) => ({ ...base, facts: { ...facts, supply } })),
    ...POWERTRAINS.map((powertrain) => ({ ...base, facts: { ...facts, powertrain } })),
  ];
}

/** For the table of one latch. */
export function latchSamples(): Samples<LatchState, LatchEvent, LatchContext> {
  const contexts = vehicleContexts().flatMap((context) =>
    [LATCH, { ...LATCH, feedback: "none" as const }].map((latch) => ({ ...context, latch })),
  );
  return {
    states: [
      { kind: "unknown" },
      ...[1, 2].flatMap((attempt) => ORDERS.map((order) => ({ kind: "locking" as const, attempt, order }))),
      ...[1, 2].map((attempt) => ({ kind: "unlocking" as const, attempt })),
      { kind: "locked" },
      { kind: "unlocked" },
      ...POSITIONS.map((toward) => ({ kind: "jammed" as const, toward })),
      ...POSITIONS.map((toward) => ({ kind: "unconfirmed" as const, toward })),
    ],
    events: [
      ...ORDERS.map((order) => ({ kind: "lock" as const, order })),
      { kind: "unlock" },
      { kind: "handlePulled" },
      { kind: "lockedReported" },
      { kind: "unlockedReported" },
      { kind: "stallReported" },
      { kind: "answerTimedOut" },
    ],
    contexts,
  };
}

/** For the table of the vehicle. */
export function vehicleSamples(): Samples<VehicleState, VehicleEvent, LockContext> {
  return {
    states: [
      { kind: "unknown" },
      { kind: "locked" },
      { kind: "unlocked" },
      { kind: "relockArmed" },
      { kind: "walkAwayArmed" },
      { kind: "walkAwayBlocked" },
      { kind: "openAfterCrash" },
    ],
    events: [
      { kind: "unlockAuthorised", scope: "cabin" },
      { kind: "unlockAuthorised", scope: "trunk" },
      { kind: "lockOrdered", forced: false },
      { kind: "lockOrdered", forced: true },
      { kind: "egress" },
      { kind: "doorOpened" },
      { kind: "hindranceGone" },
      { kind: "lastKeyLeft" },
      { kind: "keyCame" },
      { kind: "crashed" },
      { kind: "allLocked" },
      { kind: "notAllLocked" },
      { kind: "relockTimedOut" },
      { kind: "walkAwayTimedOut" },
    ],
    contexts: vehicleContexts(),
  };
}

/** For the table of the drive. */
export function driveSamples(): Samples<DriveState, DriveEvent, LockContext> {
  return {
    states: [
      { kind: "unknown" },
      { kind: "immobilised" },
      { kind: "justImmobilised" },
      ...(["authorised", "running", "decaying"] as const).flatMap((kind) =>
        [false, true].map((limited) => ({ kind, limited })),
      ),
      { kind: "foundRunning" },
    ],
    events: [
      { kind: "driveAuthorised", limited: false },
      { kind: "driveAuthorised", limited: true },
      { kind: "ran" },
      { kind: "rolled" },
      { kind: "rested" },
      { kind: "valetBegan" },
      { kind: "decayTimedOut" },
      { kind: "crashWindowTimedOut" },
    ],
    contexts: vehicleContexts(),
  };
}
