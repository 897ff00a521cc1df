import type { SimPhone } from "../phone/index.ts";
import type { Car } from "./car.ts";
import type { Person } from "./person.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Trips of a delivery van or a car pool on a working day. */
export const TRIPS_PER_DAY = 40;

export interface BusyDay {
  readonly car: Car;
  readonly person: Person;
  readonly phone: SimPhone;
  readonly vehicleId: string;
}

export interface DayResult {
  readonly trips: number;
  /** Trips that ended with a running powertrain. */
  readonly driven: number;
  readonly virtualMs: number;
}

/**
 * One busy day of one car, from where the clock stands: forty times somebody comes on foot, unlocks, gets in, drives, gets out and
 * walks away. The load for measuring how fast a world runs.
 */
export function playBusyDay(world: World, day: BusyDay): DayResult {
  const startMs = world.clock.monotonicMs();
  let driven = 0;
  for (let trip = 0; trip < TRIPS_PER_DAY; trip++) {
    if (playTrip(world, day)) driven += 1;
    world.clock.runTo(startMs + Math.floor(((trip + 1) * DAY_MS) / TRIPS_PER_DAY));
  }
  return { trips: TRIPS_PER_DAY, driven, virtualMs: world.clock.monotonicMs() - startMs };
}

function playTrip(world: World, { car, person, phone, vehicleId }: BusyDay): boolean {
  const away = { xCm: car.position.xCm, yCm: car.position.yCm - 8_000 };
  person.standAt(away);
  person.walkTo(car.placeAt("driverDoor"));
  world.clock.advance(MINUTE_MS + 10_000);
  phone.ask(vehicleId, { kind: "unlock" }, () => undefined);
  world.clock.advance(10_000);
  if (!car.body.pullOutsideHandle("driverDoor") || !person.getIn(car, "driverDoor")) return false;
  phone.ask(vehicleId, { kind: "drive" }, () => undefined);
  world.clock.advance(5_000);
  const drives = car.body.start();
  car.body.setMoving(true);
  world.clock.advance(15 * MINUTE_MS);
  car.body.stopPowertrain();
  person.getOut("driverDoor");
  person.walkTo(away);
  world.clock.advance(2 * MINUTE_MS);
  return drives;
}
