import { createPortableCrypto } from "../../hal/crypto-portable/index.ts";
import { bootLatchkey, claimCar, playBusyDay, World, type Car } from "../../sim/world/index.ts";
import { figure, median, type Figure } from "./figure.ts";

const DAY_COUNT = 3;
const CAR_COUNT = 40;

function newWorld(seed: string): World {
  return new World({ seed, createCrypto: (random) => createPortableCrypto({ random }), startUnixS: 1_800_000_000, keepLines: false });
}

/** Virtual seconds per real second for one busy car-day, and memory per additional car. */
export function benchWorld(): readonly Figure[] {
  const speeds: number[] = [];
  for (let day = 0; day < DAY_COUNT; day++) {
    const world = newWorld(`day ${day}`);
    const { car, person, phone, vehicleId } = busyCar(world);
    const start = process.hrtime.bigint();
    const { virtualMs, driven, trips } = playBusyDay(world, { car, person, phone, vehicleId });
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    if (driven !== trips) throw new Error(`the bench's busy day drove ${driven} of ${trips} trips`);
    speeds.push(virtualMs / 1000 / seconds);
  }
  return [figure("sim.speed", median(speeds), "virtual s / s", DAY_COUNT), figure("sim.memory", bytesPerCar(), "bytes / car", CAR_COUNT)];
}

function busyCar(world: World) {
  const car = world.addCar({ name: "car", boot: bootLatchkey });
  const person = world.addPerson("driver", car.placeAt("driverDoor"));
  const phone = world.addPhone({ name: "driver", place: { position: car.placeAt("driverDoor") } });
  person.take(phone.radio);
  world.clock.advance(1_000);
  return { car, person, phone, vehicleId: claimCar(world, car, phone) };
}

/** Memory that one more car takes, with its controller, flash and body. `npm run bench` starts Node with --expose-gc for this. */
function bytesPerCar(): number {
  if (globalThis.gc === undefined) throw new Error("start the bench with: npm run bench");
  const world = newWorld("memory");
  const cars: Car[] = [world.addCar({ name: "first", boot: bootLatchkey })];
  const before = heapBytes();
  for (let index = 0; index < CAR_COUNT; index++) cars.push(world.addCar({ name: `car ${index}`, boot: bootLatchkey }));
  const after = heapBytes();
  return cars.length === CAR_COUNT + 1 ? (after - before) / CAR_COUNT : NaN;
}

function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
