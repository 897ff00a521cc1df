import type {
  DriveState,
  Facts,
  LatchId,
  LatchState,
  LockOrder,
  LockState,
  Powertrain,
  TimerName,
  VehicleDescription,
  VehicleState,
} from "../../../firmware/lock/index.ts";
import { SUPPLY_STAGES } from "../../../firmware/lock/index.ts";

/** Deadlines in the model: not due, and due. Their order is left open, so every armed timer may fire first. */
export const FAR_MS = 1_000_000_000;

const ORDERS: readonly LockOrder[] = ["asked", "forced", "automatic"];
const POWERTRAINS: readonly Powertrain[] = ["unreported", "atRest", "rolling", "idling", "moving"];
const VEHICLES: readonly VehicleState[] = (
  ["unknown", "locked", "unlocked", "relockArmed", "walkAwayArmed", "walkAwayBlocked", "openAfterCrash"] as const
).map((kind) => ({ kind }));
const DRIVES: readonly DriveState[] = [
  ...(["unknown", "immobilised", "justImmobilised", "foundRunning"] as const).map((kind) => ({ kind })),
  ...(["authorised", "running", "decaying"] as const).flatMap((kind) => [
    { kind, limited: false },
    { kind, limited: true },
  ]),
];

function latchStates(attemptsMax: number): readonly LatchState[] {
  const states: LatchState[] = [{ kind: "unknown" }, { kind: "locked" }, { kind: "unlocked" }];
  for (const toward of ["locked", "unlocked"] as const) states.push({ kind: "jammed", toward }, { kind: "unconfirmed", toward });
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    states.push({ kind: "unlocking", attempt }, ...ORDERS.map((order) => ({ kind: "locking" as const, attempt, order })));
  }
  return states;
}

function latchName(latch: LatchState): string {
  if (latch.kind === "locking") return `locking/${latch.attempt}/${latch.order}`;
  if (latch.kind === "unlocking") return `unlocking/${latch.attempt}`;
  return "toward" in latch ? `${latch.kind}/${latch.toward}` : latch.kind;
}

function driveName(drive: DriveState): string {
  return "limited" in drive && drive.limited ? `${drive.kind}/limited` : drive.kind;
}

/** The timers that run in a state, by its finite part alone. */
export function timersOf(state: Pick<LockState, "latches" | "vehicle" | "drive">): ReadonlySet<TimerName> {
  const timers = new Set<TimerName>();
  for (const [id, latch] of state.latches) {
    if (latch.kind === "locking" || latch.kind === "unlocking") timers.add(`answer:${id}`);
  }
  if (state.vehicle.kind === "relockArmed") timers.add("relock");
  if (state.vehicle.kind === "walkAwayArmed") timers.add("walkAway");
  if (state.drive.kind === "authorised" || state.drive.kind === "decaying") timers.add("driveDecay");
  if (state.drive.kind === "justImmobilised") timers.add("crashAfterDrive");
  return timers;
}

/** The place of a latch's state in {@link latchStates}. */
function latchIndex(latch: LatchState): number {
  switch (latch.kind) {
    case "unknown":
      return 0;
    case "locked":
      return 1;
    case "unlocked":
      return 2;
    case "jammed":
      return latch.toward === "locked" ? 3 : 5;
    case "unconfirmed":
      return latch.toward === "locked" ? 4 : 6;
    case "unlocking":
      return 7 + (latch.attempt - 1) * 4;
    case "locking":
      return 8 + (latch.attempt - 1) * 4 + ORDERS.indexOf(latch.order);
  }
}

function driveIndex(drive: DriveState): number {
  const limited = "limited" in drive && drive.limited;
  for (let i = 0; i < DRIVES.length; i++) {
    const candidate = DRIVES[i]!;
    if (candidate.kind === drive.kind && ("limited" in candidate && candidate.limited) === limited) return i;
  }
  throw new Error(`no number for drive ${drive.kind}`);
}

function vehicleIndex(vehicle: VehicleState): number {
  for (let i = 0; i < VEHICLES.length; i++) if (VEHICLES[i]!.kind === vehicle.kind) return i;
  throw new Error(`no number for vehicle ${vehicle.kind}`);
}

/**
 * Numbers the finite parts of the lock's states from 0 to `size` - 1, so that millions of them fit into memory. Not for crash
 * patterns of more than one pulse.
 */
export class StateCode {
  readonly size: number;
  private readonly latches: readonly { readonly id: LatchId; readonly states: readonly LatchState[] }[];

  constructor(description: VehicleDescription) {
    this.latches = description.latches.map(({ id, attemptsMax }) => ({ id, states: latchStates(attemptsMax) }));
    const others = VEHICLES.length * DRIVES.length * POWERTRAINS.length * SUPPLY_STAGES.length * 16;
    this.size = this.latches.reduce((size, { states }) => size * states.length * 2, others);
  }

  /** The number of a state; undefined for one outside the bounds (an attempt too many). */
  encode(state: LockState): number | undefined {
    const { facts } = state;
    let code = 0;
    for (let i = this.latches.length - 1; i >= 0; i--) {
      const { id, states } = this.latches[i]!;
      const index = latchIndex(state.latches.get(id)!);
      if (index >= states.length) return undefined;
      code = (code * states.length + index) * 2 + (facts.open.get(id) === true ? 1 : 0);
    }
    code = code * VEHICLES.length + vehicleIndex(state.vehicle);
    code = code * DRIVES.length + driveIndex(state.drive);
    code = code * POWERTRAINS.length + POWERTRAINS.indexOf(facts.powertrain);
    code = code * SUPPLY_STAGES.length + SUPPLY_STAGES.indexOf(facts.supply);
    return code * 16 + (facts.occupied ? 8 : 0) + (facts.keysInside > 0 ? 4 : 0) + (facts.keysNear > 0 ? 2 : 0) + (facts.valet ? 1 : 0);
  }

  /** The state of a number, every timer running that belongs to it, none due. */
  decode(code: number): LockState {
    let rest = code;
    const take = (size: number): number => {
      const part = rest % size;
      rest = (rest - part) / size;
      return part;
    };
    const flags = take(16);
    const supply = SUPPLY_STAGES[take(SUPPLY_STAGES.length)]!;
    const powertrain = POWERTRAINS[take(POWERTRAINS.length)]!;
    const drive = DRIVES[take(DRIVES.length)]!;
    const vehicle = VEHICLES[take(VEHICLES.length)]!;
    const latches = new Map<LatchId, LatchState>();
    const open = new Map<LatchId, boolean>();
    for (const { id, states } of this.latches) {
      open.set(id, take(2) === 1);
      latches.set(id, states[take(states.length)]!);
    }
    const facts: Facts = {
      open,
      occupied: (flags & 8) !== 0,
      keysInside: flags & 4 ? 1 : 0,
      keysNear: flags & 2 ? 1 : 0,
      powertrain,
      supply,
      valet: (flags & 1) !== 0,
    };
    const finite = { latches, vehicle, drive };
    const deadlines = new Map<TimerName, number>();
    for (const timer of timersOf(finite)) deadlines.set(timer, FAR_MS);
    return { ...finite, facts, crash: [], deadlines };
  }
}

/** A state on one line, for counter-examples. */
export function describeState(state: LockState): string {
  const latches = [...state.latches].map(([id, latch]) => `${id}=${latchName(latch)}${state.facts.open.get(id) ? " (open)" : ""}`);
  const { occupied, keysInside, keysNear, powertrain, supply, valet } = state.facts;
  const facts = `${powertrain} ${supply} occupied=${occupied} inside=${keysInside} near=${keysNear} valet=${valet}`;
  return `${latches.join(" ")} vehicle=${state.vehicle.kind} drive=${driveName(state.drive)} ${facts}`;
}
