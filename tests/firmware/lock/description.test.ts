import { expect, test } from "vitest";
import { InvariantViolation } from "../../../firmware/base/index.ts";
import { descriptionFaults, initialLock, LATCHES_MAX, nextLockDeadlineMs, type VehicleDescription } from "../../../firmware/lock/index.ts";
import { authoriseDrive, CAR, Car, DOOR, driven, keys, PASSENGER_DOOR, powertrain, report, supply, unlock } from "./fixtures.ts";

test("a sound description has no faults", () => {
  expect(descriptionFaults(CAR)).toEqual([]);
});

test.each<readonly [fault: string, description: VehicleDescription]>([
  ["a vehicle has 1 to 16 latches", { ...CAR, latches: [] }],
  ["a vehicle has 1 to 16 latches", { ...CAR, latches: Array.from({ length: LATCHES_MAX + 1 }, (_, i) => ({ ...DOOR, id: `door${i}` })) }],
  ["two latches have the same id", { ...CAR, latches: [DOOR, DOOR] }],
  ["a latch id is 1 to 32 letters and digits", { ...CAR, latches: [{ ...DOOR, id: "front:left" }] }],
  ["pulse and answer take time", { ...CAR, latches: [{ ...DOOR, pulseMs: 0 }] }],
  ["an answer cannot be missing before the pulse is over", { ...CAR, latches: [{ ...DOOR, answerTimeoutMs: 299 }] }],
  ["attemptsMax is at least 1", { ...CAR, latches: [{ ...DOOR, attemptsMax: 0 }] }],
  ["walkAwayMs is at least 1", { ...CAR, walkAwayMs: 0 }],
  ["driveDecayMs is at least 1", { ...CAR, driveDecayMs: 0.5 }],
  ["crashAfterDriveMs is at least 1", { ...CAR, crashAfterDriveMs: -1 }],
  ["autoRelockMs is 0 or more", { ...CAR, autoRelockMs: Number.NaN }],
  ["the supply limits fall", { ...CAR, supply: { ...CAR.supply, reserveMillivolts: 11_501 } }],
  ["a crash is 1 to 64 pulses", { ...CAR, crash: { ...CAR.crash!, pulses: 0 } }],
  ["crash pulses are from 1 ms", { ...CAR, crash: { ...CAR.crash!, pulseMsMax: 9 } }],
  ["the crash window holds its pulses", { ...CAR, crash: { ...CAR.crash!, windowMs: 19 } }],
])("a description is refused: %s", (fault, description) => {
  expect(descriptionFaults(description).join()).toContain(fault);
  expect(() => initialLock(description)).toThrow(InvariantViolation);
});

test("the next deadline is the earliest timer", () => {
  const car = Car.parked();
  expect(nextLockDeadlineMs(car.state)).toBeUndefined();
  car.nowMs = 5_000;
  car.tell(unlock());
  expect(nextLockDeadlineMs(car.state)).toBe(5_800);
  car.wait(800);
  expect(nextLockDeadlineMs(car.state)).toBe(6_600);
});

test("timers that are due together fire in order of time, whichever was armed first", () => {
  const car = Car.parked({ ...CAR, latches: [{ ...DOOR, attemptsMax: 1 }] });
  car.tell(authoriseDrive());
  car.tell(unlock());
  const kinds = car.wait(60_000).map((effect) => (effect.kind === "audit" ? effect.what : effect.kind));
  expect(kinds).toEqual(["stopLatch", "latchSettled", "jam", "setImmobiliser", "driveLatch", "autoRelock"]);
});

test("timers that are due at the same moment fire in order of name", () => {
  const latches = [{ ...PASSENGER_DOOR, attemptsMax: 1 }, { ...DOOR, attemptsMax: 1 }];
  const car = Car.parked({ ...CAR, latches, autoRelockMs: 800 });
  car.tell(unlock());
  const effects = car.wait(800);
  expect(effects.flatMap((effect) => (effect.kind === "latchSettled" ? [effect.latch] : []))).toEqual(["driverDoor", "passengerDoor"]);
  expect(driven(effects)).toEqual(["passengerDoor locked", "driverDoor locked"]);
});

test("a step never changes the state it was given", () => {
  const car = Car.parked();
  const before = car.state;
  const copy = structuredClone(before);
  car.tell(unlock());
  expect(before).toEqual(copy);
});

test("an event that tells nothing new gives back the very state", () => {
  const car = Car.parked();
  car.tell(supply(13_000));
  const before = car.state;
  for (const event of [keys(0, 1), powertrain(false), supply(13_000), report(DOOR.id, "locked")]) {
    expect(car.tell(event).state).toBe(before);
  }
  expect(car.tell({ kind: "valetChanged", on: false }).state).toBe(before);
  expect(car.tell({ kind: "timePassed" }).state).toBe(before);
});
