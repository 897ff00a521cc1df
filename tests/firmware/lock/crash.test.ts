import { describe, expect, test } from "vitest";
import { CRASH_WATCH_START, watchCrash, type CrashWatch, type LockEvent } from "../../../firmware/lock/index.ts";
import { authoriseDrive, CAR, Car, driven, immobiliser, keys, lock, logged, powertrain, report, unlock } from "./fixtures.ts";

const PATTERN = { input: "crash", pulses: 3, pulseMsMin: 10, pulseMsMax: 30, windowMs: 200 };
const pulse: LockEvent = { kind: "inputPulsed", input: "crash", pulseMs: 20 };

describe("the crash pattern", () => {
  function complete(...pulses: readonly (readonly [atMs: number, pulseMs: number, input?: string])[]): readonly boolean[] {
    let watch: CrashWatch = CRASH_WATCH_START;
    return pulses.map(([atMs, pulseMs, input = "crash"]) => {
      const seen = watchCrash(PATTERN, watch, { input, pulseMs }, atMs);
      watch = seen.watch;
      expect(watch.length).toBeLessThan(PATTERN.pulses);
      return seen.complete;
    });
  }

  test("is complete with the last of its pulses and then begins anew", () => {
    expect(complete([100, 10], [150, 30], [200, 20], [210, 20], [220, 20], [230, 20])).toEqual([false, false, true, false, false, true]);
  });

  test("does not count pulses that are too short, too long or on another wire", () => {
    expect(complete([100, 9], [120, 31], [140, 20], [160, 20, "horn"], [180, 20])).toEqual([false, false, false, false, false]);
  });

  test("holds from the beginning of its first pulse to the end of its last within the window", () => {
    expect(complete([120, 20], [200, 20], [300, 20])).toEqual([false, false, true]);
    expect(complete([120, 20], [200, 20], [301, 20])).toEqual([false, false, false]);
  });

  test("forgets old pulses, so that noise over hours adds up to nothing", () => {
    expect(complete(...Array.from({ length: 100 }, (_, i) => [i * 150, 20] as const))).not.toContain(true);
  });
});

describe("a crash", () => {
  function crash(car: Car): ReturnType<Car["tell"]>["effects"] {
    return [...car.tell(pulse).effects, ...car.tell(pulse).effects];
  }

  test("while driving unlocks every door, leaves the immobiliser alone and is logged", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.tell(powertrain(true, true));
    const effects = crash(car);
    expect(driven(effects)).toEqual(["driverDoor unlocked", "passengerDoor unlocked"]);
    expect(immobiliser(effects)).toEqual([]);
    expect(logged(effects)).toEqual(["crashUnlock done the wired crash signal came"]);
  });

  test("counts for a while after the drive was withdrawn, and not later", () => {
    const early = Car.parked();
    early.tell(authoriseDrive());
    early.wait(20_000);
    early.wait(59_999);
    expect(driven(crash(early))).toHaveLength(2);
    const late = Car.parked();
    late.tell(authoriseDrive());
    late.wait(20_000);
    late.wait(60_000);
    expect(crash(late)).toEqual([]);
  });

  test("in a parked car is no crash, and its pulses are not kept for later", () => {
    const car = Car.parked();
    expect(crash(car)).toEqual([]);
    car.tell(pulse);
    car.tell(authoriseDrive());
    expect(car.tell(pulse).effects).toEqual([]);
  });

  test("begins anew after pulses that did not count", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.wait(20_000);
    car.wait(59_999);
    car.tell(pulse);
    car.wait(1);
    car.tell(pulse);
    car.tell(authoriseDrive());
    expect(car.tell(pulse).effects).toEqual([]);
  });

  test("still counts long after an authorisation that found the car running", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.wait(20_000);
    car.tell(powertrain(true));
    car.tell(authoriseDrive());
    car.wait(120_000);
    expect(driven(crash(car))).toHaveLength(2);
  });

  test.each<readonly [how: string, running: boolean]>([["running", true], ["rolling", false]])(
    "does not count after a stop of a car that was found %s: nobody authorised that drive",
    (_how, running) => {
      const car = new Car();
      car.tell(powertrain(running, true));
      for (const latch of CAR.latches) car.tell(report(latch.id, "locked"));
      expect(crash(car)).toEqual([]);
      expect(immobiliser(car.tell(powertrain(false)).effects)).toEqual(["engaged"]);
      expect(crash(car)).toEqual([]);
    },
  );

  test("on a wire that the description does not name is no crash", () => {
    const other = Car.parked();
    other.tell(authoriseDrive());
    const horn: LockEvent = { kind: "inputPulsed", input: "horn", pulseMs: 20 };
    expect([...other.tell(horn).effects, ...other.tell(horn).effects]).toEqual([]);
    const without = Car.parked({ ...CAR, crash: undefined });
    without.tell(authoriseDrive());
    expect(crash(without)).toEqual([]);
  });

  test("keeps the car open: no timer locks it until somebody orders it", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.carryOut(unlock());
    car.obey(crash(car));
    car.tell(keys(0, 0));
    expect(driven(car.wait(600_000))).toEqual([]);
    car.carryOut(lock());
    expect(car.state.vehicle.kind).toBe("locked");
  });
});
