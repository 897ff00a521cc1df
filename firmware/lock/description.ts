/** Name of a latch in the vehicle's description, for example `driverDoor`. */
export type LatchId = string;

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
  readonly autoRelockMs: number;
  readonly walkAwayEnabled: boolean;
  readonly walkAwayMs: number;
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
