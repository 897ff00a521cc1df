import { expect, test } from "vitest";
import { lockStatus } from "../../../firmware/lock/index.ts";
import { CAR, Car, CHARGE_PORT, DOOR, door, HOOD, powertrain, report, supply, TRUNK, unlock } from "./fixtures.ts";

const description = { ...CAR, latches: [DOOR, TRUNK, HOOD, CHARGE_PORT] };

test("a parked car under its VSS names", () => {
  const car = Car.parked(description);
  for (const latch of description.latches) car.tell(door(latch.id, latch === TRUNK));
  expect(Object.fromEntries(lockStatus(description, car.state))).toEqual({
    "Vehicle.Cabin.Door.Row1.DriverSide.IsLocked": true,
    "Vehicle.Cabin.Door.Row1.DriverSide.IsOpen": false,
    "Vehicle.Body.Trunk.Rear.IsLocked": true,
    "Vehicle.Body.Trunk.Rear.IsOpen": true,
    "Vehicle.Body.Hood.IsOpen": false,
    "Vehicle.IsMoving": false,
    "Vehicle.Private.Access.Latch.DriverDoor.State": "locked",
    "Vehicle.Private.Access.Latch.Trunk.State": "locked",
    "Vehicle.Private.Access.Latch.Hood.State": "locked",
    "Vehicle.Private.Access.Latch.ChargePort.State": "locked",
    "Vehicle.Private.Access.State": "locked",
    "Vehicle.Private.Access.Drive": "immobilised",
    "Vehicle.Private.Access.IsImmobilized": true,
    "Vehicle.Private.Access.IsValetMode": false,
    "Vehicle.Private.Access.SupplyStage": "normal",
  });
});

test("what is not known is not said", () => {
  const status = lockStatus(description, new Car(description).state);
  expect([...status.keys()].filter((path) => !path.startsWith("Vehicle.Private."))).toEqual([]);
  expect(status.has("Vehicle.Private.Access.IsImmobilized")).toBe(false);
  expect(status.get("Vehicle.Private.Access.Latch.DriverDoor.State")).toBe("unknown");
});

test("a latch that moves or is jammed does not say locked or unlocked", () => {
  const car = Car.parked(description);
  const path = "Vehicle.Cabin.Door.Row1.DriverSide.IsLocked";
  car.tell(unlock());
  expect(lockStatus(description, car.state).has(path)).toBe(false);
  car.tell(report("driverDoor", "stalled"));
  car.tell(report("driverDoor", "stalled"));
  const status = lockStatus(description, car.state);
  expect(status.has(path)).toBe(false);
  expect(status.get("Vehicle.Private.Access.Latch.DriverDoor.State")).toBe("jammed");
  car.tell(report("driverDoor", "unlocked"));
  expect(lockStatus(description, car.state).get(path)).toBe(false);
});

test("movement, valet mode, drive and supply show", () => {
  const car = Car.parked(description);
  car.tell(powertrain(false, true));
  car.tell({ kind: "valetChanged", on: true });
  car.tell(supply(11_000));
  const status = lockStatus(description, car.state);
  expect(status.get("Vehicle.IsMoving")).toBe(true);
  expect(status.get("Vehicle.Private.Access.IsValetMode")).toBe(true);
  expect(status.get("Vehicle.Private.Access.SupplyStage")).toBe("noAutoLock");
});
