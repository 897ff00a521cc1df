import { CRASH_PULSES_MAX } from "./crash.ts";

/** Name of a latch in the vehicle's description, for example `driverDoor`: letters and digits, at most {@link LATCH_ID_LENGTH_MAX}. */
export type LatchId = string;

/** Enough for the longest van; bounds the work of one event. */
export const LATCHES_MAX = 16;
/** Names go into log lines and status replies, whose length is limited. */
export const LATCH_ID_LENGTH_MAX = 32;

export interface LatchDescription {
  readonly id: LatchId;
  readonly kind: "door" | "trunk" | "frontTrunk" | "chargePort" | "hood";
  /** COVESA VSS 6.0 branch, for example `Vehicle.Cabin.Door.Row1.DriverSide`. */
  readonly vssPath: string;
  /** How long the actuator is powered at most; the board ends the pulse by itself. */
  readonly pulseMs: number;
  /** From the start of a pulse to "no answer". */
  readonly answerTimeoutMs: number;
  readonly attemptsMax: number;
  /** `none`: the hardware reports nothing, so the latch is honestly `unconfirmed` after a pulse. */
  readonly feedback: "endStop" | "none";
  /** What the mechanics do without power. A setting without default. */
  readonly onPowerLoss: "stays" | "locks" | "unlocks";
}

/** The one wired input that may report a crash, and how it must look to count. */
export interface CrashInputDescription {
  readonly input: string;
  /** At least `pulses` pulses, each `pulseMsMin` to `pulseMsMax` long, within `windowMs`. */
  readonly pulses: number;
  readonly pulseMsMin: number;
  readonly pulseMsMax: number;
  readonly windowMs: number;
}

export interface VehicleDescription {
  readonly latches: readonly LatchDescription[];
  readonly crash: CrashInputDescription | undefined;
  /** The wired button inside that a reset needs. */
  readonly resetInput: string | undefined;
  /** After an unlock with no door opened since; 0: no automatic relock. */
  readonly autoRelockMs: number;
  readonly walkAwayEnabled: boolean;
  readonly walkAwayMs: number;
  /** The board can measure distances that are bound to a session (Channel Sounding, UWB). Default: it cannot. */
  readonly sessionBoundRanging?: boolean;
  /** How long a drive authorisation waits for the start, and lasts after the stop. */
  readonly driveDecayMs: number;
  /** Crash counts while drive is authorised or was within this long. */
  readonly crashAfterDriveMs: number;
  readonly supply: {
    readonly warnMillivolts: number;
    /** Below: nothing that is not an unlock; the reserve pays one unlock. */
    readonly reserveMillivolts: number;
    /** Below: no automatic lock (the next unlock could not be paid for). */
    readonly autoLockMillivolts: number;
  };
}

/** What contradicts itself in a description, one sentence each, empty when nothing does. */
export function descriptionFaults(description: VehicleDescription): readonly string[] {
  const faults: string[] = [];
  const { latches, supply, crash } = description;
  if (latches.length === 0 || latches.length > LATCHES_MAX) faults.push(`a vehicle has 1 to ${LATCHES_MAX} latches`);
  if (new Set(latches.map((latch) => latch.id)).size !== latches.length) faults.push("two latches have the same id");
  for (const latch of latches) faults.push(...latchFaults(latch));
  if (!isDuration(description.walkAwayMs)) faults.push("walkAwayMs is at least 1");
  if (!isDuration(description.driveDecayMs)) faults.push("driveDecayMs is at least 1");
  if (!isDuration(description.crashAfterDriveMs)) faults.push("crashAfterDriveMs is at least 1");
  if (description.autoRelockMs !== 0 && !isDuration(description.autoRelockMs)) faults.push("autoRelockMs is 0 or more");
  if (!(supply.warnMillivolts >= supply.autoLockMillivolts && supply.autoLockMillivolts >= supply.reserveMillivolts)) {
    faults.push("the supply limits fall from warn over autoLock to reserve");
  }
  if (crash !== undefined) faults.push(...crashFaults(crash));
  return faults;
}

function latchFaults(latch: LatchDescription): readonly string[] {
  const faults: string[] = [];
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(latch.id) || latch.id.length > LATCH_ID_LENGTH_MAX) {
    faults.push(`a latch id is 1 to ${LATCH_ID_LENGTH_MAX} letters and digits and begins with a letter`);
  }
  if (!isDuration(latch.pulseMs) || !isDuration(latch.answerTimeoutMs)) faults.push(`${latch.id}: pulse and answer take time`);
  if (latch.feedback === "endStop" && latch.answerTimeoutMs < latch.pulseMs) {
    faults.push(`${latch.id}: an answer cannot be missing before the pulse is over`);
  }
  if (!isDuration(latch.attemptsMax)) faults.push(`${latch.id}: attemptsMax is at least 1`);
  return faults;
}

function crashFaults(crash: CrashInputDescription): readonly string[] {
  const faults: string[] = [];
  if (!isDuration(crash.pulses) || crash.pulses > CRASH_PULSES_MAX) faults.push(`a crash is 1 to ${CRASH_PULSES_MAX} pulses`);
  if (!(crash.pulseMsMin >= 1 && crash.pulseMsMax >= crash.pulseMsMin)) faults.push("crash pulses are from 1 ms up to their maximum");
  if (!(crash.windowMs >= crash.pulses * crash.pulseMsMin)) faults.push("the crash window holds its pulses");
  return faults;
}

function isDuration(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
