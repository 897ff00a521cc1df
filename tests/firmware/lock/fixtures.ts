import {
  initialLock,
  mintAuthorisation,
  stepLock,
  type LatchDescription,
  type LockEffect,
  type LockEvent,
  type LockState,
  type LockStep,
  type LockStepper,
  type VehicleDescription,
} from "../../../firmware/lock/index.ts";
import type { Action } from "../../../firmware/wire/index.ts";

export const DOOR: LatchDescription = {
  id: "driverDoor",
  kind: "door",
  vssPath: "Vehicle.Cabin.Door.Row1.DriverSide",
  pulseMs: 300,
  answerTimeoutMs: 800,
  attemptsMax: 2,
  feedback: "endStop",
  onPowerLoss: "stays",
};

export const PASSENGER_DOOR: LatchDescription = { ...DOOR, id: "passengerDoor", vssPath: "Vehicle.Cabin.Door.Row1.PassengerSide" };
export const TRUNK: LatchDescription = { ...DOOR, id: "trunk", kind: "trunk", vssPath: "Vehicle.Body.Trunk.Rear" };
export const HOOD: LatchDescription = { ...DOOR, id: "hood", kind: "hood", vssPath: "Vehicle.Body.Hood" };
export const CHARGE_PORT: LatchDescription = {
  ...DOOR,
  id: "chargePort",
  kind: "chargePort",
  vssPath: "Vehicle.Powertrain.TractionBattery.Charging",
};

/** A latch whose hardware reports nothing, and gets one pulse. */
export function silent(latch: LatchDescription): LatchDescription {
  return { ...latch, feedback: "none", attemptsMax: 1 };
}

export const CAR: VehicleDescription = {
  latches: [DOOR, PASSENGER_DOOR, TRUNK],
  crash: { input: "crash", pulses: 2, pulseMsMin: 10, pulseMsMax: 30, windowMs: 200 },
  resetInput: "reset",
  autoRelockMs: 30_000,
  walkAwayEnabled: true,
  walkAwayMs: 10_000,
  driveDecayMs: 20_000,
  crashAfterDriveMs: 60_000,
  supply: { warnMillivolts: 12_000, autoLockMillivolts: 11_500, reserveMillivolts: 11_000 },
};

export function unlock(scope: "cabin" | "trunk" = "cabin"): LockEvent {
  const action: Action = scope === "trunk" ? "trunk" : "unlock";
  return { kind: "unlockAuthorised", authorisation: mintAuthorisation(action, "a test"), scope };
}

export function lock(forced = false): LockEvent {
  return { kind: "lockOrdered", forced, by: "a test" };
}

export function authoriseDrive(limited = false): LockEvent {
  return { kind: "driveAuthorised", authorisation: mintAuthorisation("drive", "a test"), limited };
}

export function keys(inside: number, near: number): LockEvent {
  return { kind: "keyPresenceChanged", inside, near };
}

export function powertrain(running: boolean, moving = false): LockEvent {
  return { kind: "powertrainChanged", running, moving };
}

export function report(latch: string, what: "locked" | "unlocked" | "stalled"): LockEvent {
  return { kind: "latchReported", latch, report: what };
}

export function door(latch: string, open: boolean): LockEvent {
  return { kind: "doorChanged", latch, open };
}

export function pull(latch: string): LockEvent {
  return { kind: "insideHandlePulled", latch };
}

export function supply(millivolts: number): LockEvent {
  return { kind: "supplyMeasured", millivolts };
}

/** A car that is told one event after another, at a time of its own. */
export class Car {
  state: LockState;
  nowMs = 0;

  constructor(
    readonly description: VehicleDescription = CAR,
    private readonly step: LockStepper = stepLock,
  ) {
    this.state = initialLock(description);
  }

  tell(event: LockEvent): LockStep {
    const answer = this.step(this.description, this.state, event, this.nowMs);
    this.state = answer.state;
    return answer;
  }

  /** Lets time pass; the effects of everything that came due. */
  wait(ms: number): readonly LockEffect[] {
    this.nowMs += ms;
    return this.tell({ kind: "timePassed" }).effects;
  }

  /** Every latch reports the end stop it is driven to; none is driven: nothing. */
  obey(effects: readonly LockEffect[]): readonly LockEffect[] {
    return drives(effects).flatMap((drive) => this.tell(report(drive.latch, drive.toward)).effects);
  }

  /** Tells the event, and all latches do as they are told. */
  carryOut(event: LockEvent): LockStep {
    const answer = this.tell(event);
    return { ...answer, effects: [...answer.effects, ...this.obey(answer.effects)] };
  }

  latch(id: string): string | undefined {
    return this.state.latches.get(id)?.kind;
  }

  latches(): readonly string[] {
    return [...this.state.latches.values()].map((latch) => latch.kind);
  }

  /** At rest, closed, every latch locked, an owner's key near. */
  static parked(description: VehicleDescription = CAR, step: LockStepper = stepLock): Car {
    const car = new Car(description, step);
    car.tell(powertrain(false));
    car.tell(keys(0, 1));
    for (const latch of description.latches) car.tell(report(latch.id, "locked"));
    return car;
  }

  /** As parked, then unlocked, the driver's door opened and closed again. */
  static entered(description: VehicleDescription = CAR): Car {
    const car = Car.parked(description);
    car.carryOut(unlock());
    car.tell(door(DOOR.id, true));
    car.tell(door(DOOR.id, false));
    return car;
  }
}

export type Drive = Extract<LockEffect, { kind: "driveLatch" }>;

export function drives(effects: readonly LockEffect[]): readonly Drive[] {
  return effects.filter((effect) => effect.kind === "driveLatch");
}

/** What was driven where, for example `driverDoor unlocked`. */
export function driven(effects: readonly LockEffect[]): readonly string[] {
  return drives(effects).map((drive) => `${drive.latch} ${drive.toward}`);
}

/** What is to be logged, for example `autoRelock refused keyInside`. */
export function logged(effects: readonly LockEffect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.kind === "audit" ? [`${effect.what} ${effect.outcome} ${effect.why}`] : []));
}

export function immobiliser(effects: readonly LockEffect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect.kind === "setImmobiliser" ? [`${effect.released ? "released" : "engaged"}${effect.limited ? " limited" : ""}`] : [],
  );
}
