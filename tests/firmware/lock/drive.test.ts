import { describe, expect, test } from "vitest";
import type { LockEvent } from "../../../firmware/lock/index.ts";
import { authoriseDrive, Car, immobiliser, keys, lock, logged, powertrain, supply, unlock } from "./fixtures.ts";

const valet = (on: boolean): LockEvent => ({ kind: "valetChanged", on });

describe("drive authorisation, apart from the locks", () => {
  test("after a restart the immobiliser is left as it stands until the powertrain has spoken", () => {
    const car = new Car();
    expect(car.state.drive.kind).toBe("unknown");
    expect(immobiliser(car.tell(powertrain(false)).effects)).toEqual(["engaged"]);
  });

  test("an unlock releases nothing", () => {
    const car = Car.parked();
    expect(immobiliser(car.carryOut(unlock()).effects)).toEqual([]);
    expect(car.state.drive.kind).toBe("immobilised");
  });

  test("is withdrawn when the car was not started in time", () => {
    const car = Car.parked();
    expect(immobiliser(car.tell(authoriseDrive()).effects)).toEqual(["released"]);
    expect(immobiliser(car.wait(19_999))).toEqual([]);
    expect(immobiliser(car.wait(1))).toEqual(["engaged"]);
  });

  test("holds while the car runs, whatever key or link is lost, and decays after the stop", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.tell(powertrain(true));
    car.tell(powertrain(true, true));
    car.tell(keys(0, 0));
    car.tell(supply(9_000));
    expect(immobiliser(car.wait(3_600_000))).toEqual([]);
    expect(car.state.drive.kind).toBe("running");
    car.tell(powertrain(false));
    expect(immobiliser(car.wait(19_999))).toEqual([]);
    expect(immobiliser(car.wait(1))).toEqual(["engaged"]);
  });

  test("lasts for a new start right after the stop", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.tell(powertrain(true));
    car.tell(powertrain(false));
    car.tell(powertrain(true));
    expect(immobiliser(car.wait(60_000))).toEqual([]);
  });

  test("an engine that stalls on the road may be started again for as long as the car rolls", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.tell(powertrain(false, true));
    expect(immobiliser(car.wait(60_000))).toEqual([]);
    car.tell(powertrain(false, false));
    expect(immobiliser(car.wait(20_000))).toEqual(["engaged"]);
  });

  test("a controller that restarts on the road finds the car running and withdraws nothing before it stops", () => {
    const car = new Car();
    expect(immobiliser(car.tell(powertrain(true, true)).effects)).toEqual([]);
    expect(immobiliser(car.wait(3_600_000))).toEqual([]);
    expect(immobiliser(car.tell(powertrain(false)).effects)).toEqual(["engaged"]);
  });

  test("is refused on reserve", () => {
    const car = Car.parked();
    car.tell(supply(10_000));
    expect(car.tell(authoriseDrive()).refused).toBe("lowSupply");
  });

  test("a start without it is logged once and releases nothing", () => {
    const car = Car.parked();
    const effects = [...car.tell(powertrain(true)).effects, ...car.tell(powertrain(true, true)).effects];
    expect(logged(effects)).toEqual(["startWithoutAuthorisation info the drive runs without an authorisation"]);
    expect(immobiliser(effects)).toEqual([]);
    expect(immobiliser(car.tell(authoriseDrive()).effects)).toEqual(["released"]);
    expect(car.state.drive.kind).toBe("running");
  });

  test("locking the car while it runs leaves the drive alone", () => {
    const car = Car.entered();
    car.tell(authoriseDrive());
    car.tell(powertrain(true));
    expect(immobiliser(car.carryOut(lock()).effects)).toEqual([]);
    expect(car.state.drive.kind).toBe("running");
  });
});

describe("valet mode", () => {
  test("limits the drive, whoever asks", () => {
    const car = Car.parked();
    car.tell(valet(true));
    expect(immobiliser(car.tell(authoriseDrive()).effects)).toEqual(["released limited"]);
  });

  test("ends an unlimited authorisation that was not used yet", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    expect(immobiliser(car.tell(valet(true)).effects)).toEqual(["engaged"]);
  });

  test("that begins on the road changes nothing before the stop, and then ends the unlimited drive", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.tell(powertrain(true, true));
    expect(immobiliser(car.tell(valet(true)).effects)).toEqual([]);
    expect(immobiliser(car.tell(powertrain(false)).effects)).toEqual(["engaged"]);
  });

  test("lets a limited drive decay as usual", () => {
    const car = Car.parked();
    car.tell(authoriseDrive(true));
    expect(immobiliser(car.tell(valet(true)).effects)).toEqual([]);
    car.tell(powertrain(true));
    expect(immobiliser(car.tell(powertrain(false)).effects)).toEqual([]);
    expect(car.state.drive).toEqual({ kind: "decaying", limited: true });
    expect(immobiliser(car.wait(20_000))).toEqual(["engaged"]);
  });

  test("that begins while the car rolls withdraws nothing before it stands", () => {
    const car = Car.parked();
    car.tell(authoriseDrive());
    car.tell(powertrain(false, true));
    expect(immobiliser(car.tell(valet(true)).effects)).toEqual([]);
  });

  test("that ends widens nothing by itself; a new authorisation does, also while driving", () => {
    const car = Car.parked();
    car.tell(valet(true));
    car.tell(authoriseDrive());
    car.tell(powertrain(true));
    expect(immobiliser(car.tell(valet(false)).effects)).toEqual([]);
    expect(immobiliser(car.tell(authoriseDrive()).effects)).toEqual(["released"]);
    expect(immobiliser(car.tell(authoriseDrive(true)).effects)).toEqual([]);
  });
});
