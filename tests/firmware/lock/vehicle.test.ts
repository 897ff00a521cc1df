import { describe, expect, test } from "vitest";
import type { LockEvent } from "../../../firmware/lock/index.ts";
import type { ReasonName } from "../../../firmware/wire/index.ts";
import { CAR, Car, CHARGE_PORT, door, driven, keys, lock, logged, powertrain, pull, report, supply, unlock } from "./fixtures.ts";

const occupied = (yes: boolean): LockEvent => ({ kind: "occupancyChanged", occupied: yes });
const valet = (on: boolean): LockEvent => ({ kind: "valetChanged", on });

describe("a request is refused with its reason, and a refusal changes nothing", () => {
  const CASES: readonly (readonly [story: string, car: () => Car, before: readonly LockEvent[], request: LockEvent, reason: ReasonName])[] = [
    ["lock, a door open", Car.entered, [door("trunk", true)], lock(), "doorOpen"],
    ["lock, a key inside", Car.entered, [keys(1, 0)], lock(), "keyInside"],
    ["lock, supply on reserve", Car.entered, [supply(10_999)], lock(), "lowSupply"],
    ["forced lock, supply on reserve", Car.entered, [supply(10_999)], lock(true), "lowSupply"],
    ["lock, locked already", Car.parked, [], lock(), "nothingToDo"],
    ["unlock, unlocked already", Car.entered, [], unlock(), "nothingToDo"],
    ["unlock in motion", Car.parked, [powertrain(true, true)], unlock(), "inMotion"],
    ["trunk in motion", Car.parked, [powertrain(true, true)], unlock("trunk"), "inMotion"],
    ["trunk in valet mode", Car.parked, [valet(true)], unlock("trunk"), "valetMode"],
    ["trunk on reserve", Car.parked, [supply(10_999)], unlock("trunk"), "lowSupply"],
    [
      "forced lock, everything open",
      Car.entered,
      ["driverDoor", "passengerDoor", "trunk"].map((latch) => door(latch, true)),
      lock(true),
      "doorOpen",
    ],
  ];

  test.each(CASES)("%s", (_story, start, before, request, reason) => {
    const car = start();
    for (const event of before) car.tell(event);
    const state = car.state;
    const answer = car.tell(request);
    expect(answer).toEqual({ state, effects: [], refused: reason });
    expect(answer.state).toBe(state);
  });
});

describe("an order", () => {
  test("forced with a door open locks the closed ones; the open one stays unlocked after it closes", () => {
    const car = Car.entered();
    car.carryOut(unlock("trunk"));
    car.tell(door("passengerDoor", true));
    expect(driven(car.carryOut(lock(true)).effects)).toEqual(["driverDoor locked", "trunk locked"]);
    expect(car.state.vehicle.kind).toBe("unlocked");
    car.tell(door("passengerDoor", false));
    expect(car.latches()).toEqual(["locked", "unlocked", "locked"]);
    expect(driven(car.carryOut(lock()).effects)).toEqual(["passengerDoor locked"]);
    expect(car.state.vehicle.kind).toBe("locked");
  });

  test("forced with a key inside locks everything", () => {
    const car = Car.entered();
    car.tell(keys(1, 0));
    expect(driven(car.carryOut(lock(true)).effects)).toEqual(["driverDoor locked", "passengerDoor locked"]);
    expect(car.state.vehicle.kind).toBe("locked");
  });

  test("on reserve still unlocks the cabin", () => {
    const car = Car.parked();
    car.tell(supply(9_000));
    expect(driven(car.tell(unlock()).effects)).toEqual(["driverDoor unlocked", "passengerDoor unlocked"]);
  });

  test("a towed car can be unlocked", () => {
    const car = Car.parked();
    car.tell(powertrain(false, true));
    expect(car.tell(unlock()).refused).toBeUndefined();
  });
});

describe("auto-relock", () => {
  test("locks again when no door was opened", () => {
    const car = Car.parked();
    car.carryOut(unlock());
    expect(car.wait(29_999)).toEqual([]);
    const effects = car.wait(1);
    expect(driven(effects)).toEqual(["driverDoor locked", "passengerDoor locked"]);
    expect(logged(effects)).toEqual(["autoRelock done no door was opened"]);
    car.obey(effects);
    expect(car.state.vehicle.kind).toBe("locked");
  });

  test("counts anew from a second unlock", () => {
    const car = Car.parked();
    car.carryOut(unlock());
    car.wait(20_000);
    expect(car.tell(unlock()).refused).toBeUndefined();
    expect(car.wait(29_999)).toEqual([]);
    expect(driven(car.wait(1))).toHaveLength(2);
  });

  test.each<readonly [story: string, event: LockEvent]>([
    ["a door opened", door("trunk", true)],
    ["an inside handle was pulled", pull("driverDoor")],
  ])("does nothing once %s", (_story, event) => {
    const car = Car.parked();
    car.carryOut(unlock());
    car.carryOut(event);
    car.tell(door("trunk", false));
    expect(car.wait(120_000)).toEqual([]);
  });

  test.each<readonly [why: string, event: LockEvent]>([
    ["keyInside", keys(1, 0)],
    ["lowSupply", supply(11_400)],
    ["the drive is running", powertrain(true)],
  ])("refuses and logs: %s", (why, event) => {
    const car = Car.parked();
    car.carryOut(unlock());
    car.tell(event);
    const effects = car.wait(30_000);
    expect(driven(effects)).toEqual([]);
    expect(logged(effects)).toEqual([`autoRelock refused ${why}`]);
    expect(car.wait(120_000)).toEqual([]);
  });

  test("goes on when only the charge port was opened", () => {
    const car = Car.parked({ ...CAR, latches: [...CAR.latches, CHARGE_PORT] });
    car.carryOut(unlock());
    car.tell(door("chargePort", true));
    expect(driven(car.wait(30_000))).toHaveLength(3);
  });

  test("a description with autoRelockMs 0 has none, and one with a door open at the unlock neither", () => {
    const never = Car.parked({ ...CAR, autoRelockMs: 0 });
    never.carryOut(unlock());
    expect(never.state.deadlines.size).toBe(0);
    const open = Car.parked();
    open.tell(door("trunk", true));
    open.carryOut(unlock());
    expect(open.state.deadlines.size).toBe(0);
  });
});

describe("walk-away lock", () => {
  test("locks some seconds after the last key has left", () => {
    const car = Car.entered();
    expect(car.tell(keys(0, 0)).effects).toEqual([]);
    expect(car.wait(9_999)).toEqual([]);
    const effects = car.wait(1);
    expect(driven(effects)).toEqual(["driverDoor locked", "passengerDoor locked"]);
    expect(logged(effects)).toEqual(["walkAwayLock done the last key has left"]);
  });

  test("does not when a key comes back", () => {
    const car = Car.entered();
    car.tell(keys(0, 0));
    car.tell(keys(0, 1));
    expect(car.wait(60_000)).toEqual([]);
  });

  test("does not when it is not enabled", () => {
    const car = Car.entered({ ...CAR, walkAwayEnabled: false });
    car.tell(keys(0, 0));
    expect(car.wait(60_000)).toEqual([]);
  });

  test.each<readonly [why: string, hindrance: LockEvent, gone: LockEvent]>([
    ["doorOpen", door("trunk", true), door("trunk", false)],
    ["somebody is inside", occupied(true), occupied(false)],
    ["lowSupply", supply(11_400), supply(13_000)],
    ["the drive is running", powertrain(true), powertrain(false)],
  ])("refuses and logs (%s), and locks when that is over", (why, hindrance, gone) => {
    const car = Car.entered();
    car.tell(hindrance);
    car.tell(keys(0, 0));
    const refused = car.wait(10_000);
    expect(driven(refused)).toEqual([]);
    expect(logged(refused)).toEqual([`walkAwayLock refused ${why}`]);
    expect(car.wait(60_000)).toEqual([]);
    car.tell(gone);
    expect(driven(car.wait(10_000))).toEqual(["driverDoor locked", "passengerDoor locked"]);
  });

  test("a card that unlocks while it counts keeps the car open", () => {
    const car = Car.entered();
    car.tell(keys(0, 0));
    expect(car.tell(unlock()).refused).toBeUndefined();
    expect(car.wait(10_000)).toEqual([]);
    expect(car.state.vehicle.kind).toBe("relockArmed");
  });

  test("is not tried again because one more hindrance comes", () => {
    const car = Car.entered();
    car.tell(door("trunk", true));
    car.tell(keys(0, 0));
    car.wait(10_000);
    for (const event of [occupied(true), supply(11_400), powertrain(true)]) car.tell(event);
    expect(car.wait(60_000)).toEqual([]);
  });

  test("begins when a key leaves, not when there was none", () => {
    const car = new Car();
    car.tell(keys(0, 0));
    expect(car.state.deadlines.size).toBe(0);
  });

  test("waits no more once a key has come back", () => {
    const car = Car.entered();
    car.tell(occupied(true));
    car.tell(keys(0, 0));
    car.wait(10_000);
    car.tell(keys(0, 1));
    car.tell(occupied(false));
    expect(car.wait(60_000)).toEqual([]);
  });

  test("is not tried again because a sensor repeats itself", () => {
    const car = Car.entered();
    car.tell(occupied(true));
    car.tell(keys(0, 0));
    car.wait(10_000);
    car.tell(door("driverDoor", false));
    expect(car.wait(60_000)).toEqual([]);
    const open = Car.entered();
    open.tell(door("trunk", true));
    open.tell(keys(0, 0));
    open.wait(10_000);
    open.tell(occupied(false));
    open.tell(powertrain(false));
    open.tell(supply(12_500));
    open.tell(keys(0, 0));
    expect(open.wait(60_000)).toEqual([]);
  });

  test("a key that goes from near to inside has not left", () => {
    const car = Car.entered();
    car.tell(keys(1, 0));
    expect(car.state.deadlines.size).toBe(0);
  });

  test("somebody inside who pulls the handle keeps the car open until a door has closed behind them", () => {
    const car = Car.entered();
    car.tell(keys(0, 0));
    car.tell(pull("driverDoor"));
    expect(car.wait(60_000)).toEqual([]);
    car.tell(door("driverDoor", true));
    car.tell(door("driverDoor", false));
    expect(driven(car.wait(10_000))).toEqual(["driverDoor locked", "passengerDoor locked"]);
  });
});

describe("low supply", () => {
  test("each stage is logged once, falls at once and rises with hysteresis", () => {
    const car = Car.parked();
    expect(logged(car.tell(supply(11_999)).effects)).toEqual(["supplyStage info warn"]);
    expect(logged(car.tell(supply(12_100)).effects)).toEqual([]);
    expect(logged(car.tell(supply(11_499)).effects)).toEqual(["supplyStage info noAutoLock"]);
    expect(logged(car.tell(supply(10_999)).effects)).toEqual(["supplyStage info reserve"]);
    expect(logged(car.tell(supply(11_100)).effects)).toEqual([]);
    expect(logged(car.tell(supply(12_200)).effects)).toEqual(["supplyStage info normal"]);
  });

  test("a key may still lock where the car does not by itself", () => {
    const car = Car.entered();
    car.tell(supply(11_400));
    expect(driven(car.tell(lock()).effects)).toEqual(["driverDoor locked", "passengerDoor locked"]);
  });

  test("a lock that began is given up when the reserve is reached, an unlock is not", () => {
    const car = Car.entered();
    car.tell(lock());
    car.tell(supply(10_000));
    expect(logged(car.tell(report("driverDoor", "stalled")).effects)).toEqual(["jam failed driverDoor toward locked: lowSupply"]);
    car.tell(unlock());
    expect(driven(car.tell(report("driverDoor", "stalled")).effects)).toEqual(["driverDoor unlocked"]);
  });
});
