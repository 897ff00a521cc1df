import { assert } from "../base/index.ts";
import { CRASH_WATCH_START, type CrashWatch } from "./crash.ts";
import { descriptionFaults, type LatchId, type VehicleDescription } from "./description.ts";
import type { DriveState } from "./drive.ts";
import type { TimerName } from "./effects.ts";
import type { LatchState } from "./latch.ts";
import type { SupplyStage } from "./supply.ts";
import type { VehicleState } from "./vehicle.ts";

/** `rolling`: moves without running. `idling`: runs without moving. */
export type Powertrain = "unreported" | "atRest" | "rolling" | "idling" | "moving";

/** What sensors, keys and owners have said last. */
export interface Facts {
  /** A latch without an entry has not been reported since the start, and counts as closed. */
  readonly open: ReadonlyMap<LatchId, boolean>;
  readonly occupied: boolean;
  readonly keysInside: number;
  readonly keysNear: number;
  readonly powertrain: Powertrain;
  readonly supply: SupplyStage;
  readonly valet: boolean;
}

/**
 * Everything the lock knows. Immutable. Latches, vehicle, drive and facts are the finite part; deadlines and the crash watch
 * carry times, and which deadlines exist follows from the finite part.
 */
export interface LockState {
  readonly latches: ReadonlyMap<LatchId, LatchState>;
  readonly vehicle: VehicleState;
  readonly drive: DriveState;
  readonly facts: Facts;
  readonly crash: CrashWatch;
  /** When each running timer fires, in monotonic milliseconds. */
  readonly deadlines: ReadonlyMap<TimerName, number>;
}

/** What the tables see besides their own state. */
export interface LockContext {
  readonly description: VehicleDescription;
  readonly latches: ReadonlyMap<LatchId, LatchState>;
  readonly facts: Facts;
}

/**
 * The lock after a start: it remembers nothing and believes nothing until it is told. Valet mode and readings come as events.
 * Throws InvariantViolation where {@link descriptionFaults} finds any.
 */
export function initialLock(description: VehicleDescription): LockState {
  const faults = descriptionFaults(description);
  assert(faults.length === 0, `the vehicle's description holds: ${faults.join("; ")}`);
  return {
    latches: new Map(description.latches.map((latch) => [latch.id, { kind: "unknown" }])),
    vehicle: { kind: "unknown" },
    drive: { kind: "unknown" },
    facts: {
      open: new Map(),
      occupied: false,
      keysInside: 0,
      keysNear: 0,
      powertrain: "unreported",
      supply: "normal",
      valet: false,
    },
    crash: CRASH_WATCH_START,
    deadlines: new Map(),
  };
}

/** When the next timer of ours is due, in monotonic milliseconds, or undefined while none runs. */
export function nextLockDeadlineMs(state: LockState): number | undefined {
  let nextMs: number | undefined;
  for (const atMs of state.deadlines.values()) if (nextMs === undefined || atMs < nextMs) nextMs = atMs;
  return nextMs;
}
