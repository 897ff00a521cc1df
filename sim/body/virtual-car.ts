import type { CrashInputDescription, LatchDescription, VehicleDescription } from "../../firmware/lock/index.ts";

/** Name of the wired input that reports a crash. */
export const CRASH_INPUT = "crash";

/** Name of the wired button inside the car. */
export const RESET_INPUT = "resetButton";

/**
 * Latches of the virtual car. The charge port has no lock among the standard signals of VSS 6.0, so it lives in the private
 * branch that the specification leaves to overlays.
 */
const LATCHES: readonly (Pick<LatchDescription, "id" | "kind" | "vssPath">)[] = [
  { id: "driverDoor", kind: "door", vssPath: "Vehicle.Cabin.Door.Row1.DriverSide" },
  { id: "passengerDoor", kind: "door", vssPath: "Vehicle.Cabin.Door.Row1.PassengerSide" },
  { id: "trunk", kind: "trunk", vssPath: "Vehicle.Body.Trunk.Rear" },
  { id: "chargePort", kind: "chargePort", vssPath: "Vehicle.Private.Access.ChargePort" },
];

/** Five pulses of 20 ms, 40 ms apart, as airbag units repeat their crash message on a wire of its own. */
const CRASH: CrashInputDescription = { input: CRASH_INPUT, pulses: 5, pulseMsMin: 15, pulseMsMax: 30, windowMs: 1_000 };

/** The standard virtual vehicle: two doors, trunk and charge port, every latch with an end stop that reports. */
export function virtualCarDescription(changes: Partial<VehicleDescription> = {}): VehicleDescription {
  return {
    latches: LATCHES.map((latch) => ({
      ...latch,
      pulseMs: 400,
      answerTimeoutMs: 700,
      attemptsMax: 3,
      feedback: "endStop",
      onPowerLoss: "stays",
    })),
    crash: CRASH,
    resetInput: RESET_INPUT,
    autoRelockMs: 30_000,
    walkAwayEnabled: true,
    walkAwayMs: 5_000,
    driveDecayMs: 30_000,
    crashAfterDriveMs: 60_000,
    supply: { warnMillivolts: 11_900, reserveMillivolts: 10_500, autoLockMillivolts: 11_200 },
    ...changes,
  };
}
