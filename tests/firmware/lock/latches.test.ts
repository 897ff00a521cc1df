import { describe, expect, test } from "vitest";
import { CAR, Car, CHARGE_PORT, DOOR, door, driven, drives, HOOD, keys, lock, logged, pull, report, silent, supply, TRUNK, unlock } from "./fixtures.ts";

describe("a latch that reports", () => {
  test("an unlock drives the cabin, and each latch settles when its end stop reports", () => {
    const car = Car.parked();
    const answer = car.tell(unlock());
    expect(driven(answer.effects)).toEqual(["driverDoor unlocked", "passengerDoor unlocked"]);
    expect(drives(answer.effects)[0]!.pulseMs).toBe(300);
    expect(car.latch("driverDoor")).toBe("unlocking");
    expect(car.tell(report("driverDoor", "unlocked")).effects).toEqual([
      { kind: "stopLatch", latch: "driverDoor" },
      { kind: "latchSettled", latch: "driverDoor", as: "unlocked" },
    ]);
    expect(car.latches()).toEqual(["unlocked", "unlocking", "locked"]);
  });

  test("a stall is tried again at once and then reported as jammed", () => {
    const car = Car.parked();
    car.tell(unlock());
    expect(car.tell(report("driverDoor", "stalled")).effects).toEqual([
      { kind: "stopLatch", latch: "driverDoor" },
      { kind: "driveLatch", latch: "driverDoor", toward: "unlocked", pulseMs: 300 },
    ]);
    expect(car.tell(report("driverDoor", "stalled")).effects).toEqual([
      { kind: "stopLatch", latch: "driverDoor" },
      { kind: "latchSettled", latch: "driverDoor", as: "jammed" },
      { kind: "audit", what: "jam", outcome: "failed", why: "driverDoor toward unlocked: jammed" },
    ]);
    expect(driven(car.wait(60_000))).not.toContain("driverDoor unlocked");
  });

  test("no answer is tried again after the time-out, as often as the description says and no more", () => {
    const car = Car.parked({ ...CAR, autoRelockMs: 0, latches: [{ ...DOOR, attemptsMax: 3 }] });
    car.tell(unlock());
    expect(car.wait(799)).toEqual([]);
    expect(driven(car.wait(1))).toEqual(["driverDoor unlocked"]);
    expect(driven(car.wait(800))).toEqual(["driverDoor unlocked"]);
    expect(logged(car.wait(800))).toEqual(["jam failed driverDoor toward unlocked: jammed"]);
    expect(car.state.deadlines.size).toBe(0);
  });

  test("a jammed latch is driven anew by the next order and adopts what it reports", () => {
    const car = Car.parked({ ...CAR, latches: [{ ...DOOR, attemptsMax: 1 }] });
    car.tell(unlock());
    car.tell(report("driverDoor", "stalled"));
    expect(car.latch("driverDoor")).toBe("jammed");
    expect(driven(car.tell(lock()).effects)).toEqual(["driverDoor locked"]);
    car.tell(report("driverDoor", "stalled"));
    car.tell(report("driverDoor", "unlocked"));
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  test("an order the other way stops the motor and turns it", () => {
    const car = Car.parked();
    car.tell(unlock());
    const kinds = car.tell(lock()).effects.filter((effect) => "latch" in effect && effect.latch === "driverDoor");
    expect(kinds).toEqual([
      { kind: "stopLatch", latch: "driverDoor" },
      { kind: "driveLatch", latch: "driverDoor", toward: "locked", pulseMs: 300 },
    ]);
    car.tell(report("driverDoor", "unlocked"));
    expect(car.latch("driverDoor")).toBe("locking");
  });

  test("an attempt to lock is not repeated once the door has opened", () => {
    const car = Car.entered();
    car.tell(lock());
    car.tell(door("passengerDoor", true));
    const { effects } = car.tell(report("passengerDoor", "stalled"));
    expect(driven(effects)).toEqual([]);
    expect(logged(effects)).toEqual(["jam failed passengerDoor toward locked: doorOpen"]);
  });
});

describe("why a latch is locked decides whether it is tried again", () => {
  test("a forced lock is not repeated on a door that has opened", () => {
    const car = Car.entered();
    car.tell(lock(true));
    car.tell(door("passengerDoor", true));
    expect(driven(car.tell(report("passengerDoor", "stalled")).effects)).toEqual([]);
    expect(driven(car.tell(report("driverDoor", "stalled")).effects)).toEqual(["driverDoor locked"]);
  });

  test("an order that is repeated with force is carried through", () => {
    const car = Car.entered();
    car.tell(lock());
    car.tell(keys(1, 0));
    expect(driven(car.tell(lock(true)).effects)).toEqual([]);
    expect(driven(car.tell(report("driverDoor", "stalled")).effects)).toEqual(["driverDoor locked"]);
  });

  test("an automatic lock that comes on top takes nothing from a key's own order", () => {
    const car = Car.entered({ ...CAR, walkAwayMs: 100 });
    car.tell(lock());
    car.tell(keys(0, 0));
    expect(logged(car.wait(100))).toEqual(["walkAwayLock done the last key has left"]);
    car.tell(supply(11_400));
    expect(driven(car.tell(report("driverDoor", "stalled")).effects)).toEqual(["driverDoor locked"]);
  });
});

describe("a latch that cannot report", () => {
  test("ends unconfirmed when its pulse is over, and is driven again by every order", () => {
    const car = Car.parked({ ...CAR, autoRelockMs: 0, latches: [silent(DOOR)] });
    car.tell(unlock());
    expect(car.wait(299)).toEqual([]);
    expect(car.wait(1)).toEqual([{ kind: "latchSettled", latch: "driverDoor", as: "unconfirmed" }]);
    expect(car.state.latches.get("driverDoor")).toEqual({ kind: "unconfirmed", toward: "unlocked" });
    expect(driven(car.tell(unlock()).effects)).toEqual(["driverDoor unlocked"]);
  });

  test("makes the car locked once it was driven there", () => {
    const car = new Car({ ...CAR, latches: [silent(DOOR)] });
    car.tell(lock());
    car.wait(300);
    expect(car.state.vehicle.kind).toBe("locked");
    expect(driven(car.tell(lock()).effects)).toEqual(["driverDoor locked"]);
    expect(car.state.vehicle.kind).toBe("unlocked");
    car.wait(300);
    expect(car.state.vehicle.kind).toBe("locked");
  });
});

describe("what comes unasked is adopted", () => {
  test("a mechanical key or a slim jim unlocks: the latch and the car say so, and the log", () => {
    const car = Car.parked();
    const { effects } = car.tell(report("driverDoor", "unlocked"));
    expect(effects).toEqual([
      { kind: "latchSettled", latch: "driverDoor", as: "unlocked" },
      { kind: "audit", what: "movedByHand", outcome: "info", why: "driverDoor unlocked" },
    ]);
    expect(car.state.vehicle.kind).toBe("unlocked");
  });

  test("a car locked by hand, door by door, says locked and relocks no more", () => {
    const car = Car.parked();
    car.carryOut(unlock());
    car.tell(report("driverDoor", "locked"));
    car.tell(report("passengerDoor", "locked"));
    expect(car.state.vehicle.kind).toBe("locked");
    expect(car.wait(60_000)).toEqual([]);
  });

  test("after a restart nothing is believed until reported, and orders drive what is unknown", () => {
    const car = new Car();
    expect(car.latches()).toEqual(["unknown", "unknown", "unknown"]);
    expect(driven(car.tell(lock()).effects)).toEqual(["driverDoor locked", "passengerDoor locked", "trunk locked"]);
    expect(driven(new Car().tell(unlock()).effects)).toEqual(["driverDoor unlocked", "passengerDoor unlocked"]);
    const told = new Car();
    expect(logged(told.tell(report("driverDoor", "unlocked")).effects)).toEqual([]);
    expect(told.state.vehicle.kind).toBe("unlocked");
  });

  test("events that name a latch the car has not change nothing", () => {
    const car = Car.parked();
    for (const event of [report("roof", "unlocked"), door("roof", true), pull("roof"), pull("__proto__")]) {
      expect(car.tell(event)).toEqual({ state: car.state, effects: [] });
    }
  });
});

describe("free egress", () => {
  test("the inside handle opens its latch alone, in valet mode, on reserve and in motion", () => {
    const car = Car.parked();
    car.tell({ kind: "valetChanged", on: true });
    car.tell(supply(9_000));
    car.tell({ kind: "powertrainChanged", running: true, moving: true });
    const { effects } = car.tell(pull("trunk"));
    expect(driven(effects)).toEqual(["trunk unlocked"]);
    expect(logged(effects)).toEqual(["freeEgress done trunk"]);
  });

  test("the inside handle turns a latch that is being locked", () => {
    const car = Car.entered();
    car.tell(lock());
    expect(driven(car.tell(pull("driverDoor")).effects)).toEqual(["driverDoor unlocked"]);
  });

  test("the inside handle of an unlocked latch costs no pulse and no log line", () => {
    expect(Car.entered().tell(pull("driverDoor")).effects).toEqual([]);
  });

  test("whoever opens from inside is not locked in again by a timer", () => {
    const car = Car.parked();
    car.carryOut(unlock());
    car.carryOut(pull("trunk"));
    expect(car.wait(120_000)).toEqual([]);
  });
});

describe("which latches an order means", () => {
  const description = { ...CAR, latches: [DOOR, TRUNK, HOOD, CHARGE_PORT] };

  test("cabin is everything but the trunks; trunk is the trunks; lock is everything", () => {
    const car = Car.parked(description);
    expect(driven(car.carryOut(unlock()).effects)).toEqual(["driverDoor unlocked", "hood unlocked", "chargePort unlocked"]);
    expect(driven(car.carryOut(unlock("trunk")).effects)).toEqual(["trunk unlocked"]);
    expect(driven(car.carryOut(lock()).effects)).toEqual(["driverDoor locked", "trunk locked", "hood locked", "chargePort locked"]);
  });

  test("an open charge port holds a cable and does not keep the car open", () => {
    const car = Car.parked(description);
    car.carryOut(unlock());
    car.tell(door("chargePort", true));
    expect(driven(car.carryOut(lock()).effects)).toContain("chargePort locked");
    expect(car.state.vehicle.kind).toBe("locked");
  });

  test("a car without a trunk refuses to open one", () => {
    expect(Car.parked({ ...CAR, latches: [DOOR] }).tell(unlock("trunk")).refused).toBe("nothingToDo");
  });
});
