import { describe, expect, it } from "vitest";
import { playBusyDay, TRIPS_PER_DAY } from "../../../sim/world/index.ts";
import { claimedCar } from "../latchkey.ts";

describe("a busy day", () => {
  const play = (seed: string) => {
    const { world, car, owner, vehicleId } = claimedCar(seed, false);
    const person = world.addPerson("driver", car.placeAt("driverDoor"));
    person.take(owner.radio);
    const day = playBusyDay(world, { car, person, phone: owner, vehicleId });
    return { day, hash: world.trace.hash(), tasks: world.clock.taskCount, locked: car.body.lockedUp };
  };

  it("drives every trip, locks the car behind the driver, and costs no task for idle time", () => {
    const { day, tasks, locked } = play("day");
    expect(day).toEqual({ trips: TRIPS_PER_DAY, driven: TRIPS_PER_DAY, virtualMs: 86_400_000 });
    expect(locked).toBe(true);
    expect(tasks).toBeLessThan(400 * TRIPS_PER_DAY);
  });

  it("is the same day for the same seed, with real handshakes and all", () => {
    expect(play("one").hash).toBe(play("one").hash);
    expect(play("one").hash).not.toBe(play("two").hash);
  });
});
