import type { RangeMeasured } from "../../firmware/controller/index.ts";
import { virtualCarDescription } from "../body/index.ts";
import { lockByHand } from "../incident/index.ts";
import { describeOutcome, type SimPhone } from "../phone/index.ts";
import type { RangingAttack } from "../ranging/index.ts";
import { claimCar, outcomeOf, SetupFailed, type BootController, type Car, type Person, type World } from "../world/index.ts";

export type RangingKinds = readonly RangeMeasured["measurement"]["kind"][];

export const CHANNEL_SOUNDING: RangingKinds = ["channelSounding", "rtt", "rssi"];
export const UWB: RangingKinds = ["uwb", "rssi"];

export interface Parked {
  readonly world: World;
  readonly car: Car;
  readonly person: Person;
  readonly phone: SimPhone;
  readonly vehicleId: string;
  /** What passive entry did: `done` or `refused`, and why. */
  readonly notes: string[];
  /** What the phone says of its own motion. */
  still: boolean;
}

/** A locked car with passive entry on; its owner has walked 90 m away, beyond all radio, and the phone stays around. */
export function park(world: World, boot: BootController, { kinds, still = false }: { readonly kinds: RangingKinds; readonly still?: boolean }): Parked {
  const vehicle = virtualCarDescription({ sessionBoundRanging: true, walkAwayEnabled: false });
  const car = world.addCar({ name: "car", boot, ranging: kinds, vehicle });
  world.clock.advance(1_000);
  const person = world.addPerson("owner", car.placeAt("driverDoor"));
  const phone = world.addPhone({ name: "owner", place: person.place });
  person.take(phone.radio);
  const vehicleId = claimCar(world, car, phone);
  const switchedOn = outcomeOf(world, "passive entry is switched on", (settled) => phone.ask(vehicleId, { kind: "changeSettings", settings: new Map([["passiveEntry", true]]) }, settled));
  if (switchedOn.kind !== "done") throw new SetupFailed(`passive entry is not on: ${describeOutcome(switchedOn)}`);
  world.clock.advance(2_000);
  phone.disconnect(vehicleId);
  person.standAt({ xCm: 0, yCm: -9_000 });
  lockByHand(car);
  world.clock.advance(60_000);
  const parked: Parked = { world, car, person, phone, vehicleId, notes: [], still };
  phone.stayAround(vehicleId, () => parked.still);
  car.onNote(({ what, outcome, why }) => {
    if (what === "passiveEntry") parked.notes.push(`${outcome} ${why}`);
  });
  return parked;
}

/** Attackers bring the owner's phone to the car by radio, for a minute, and do `attack` to its ranging. */
export function relay({ world, car, person }: Pick<Parked, "world" | "car" | "person">, addedMs: number, attack: RangingAttack = {}): void {
  if (car.ranging !== undefined) car.ranging.attack = { addedMs, ...attack };
  const { xCm, yCm } = person.place.position;
  world.air.relay = { nearPhone: { position: { xCm: xCm + 700, yCm } }, nearCar: { position: car.placeAt("driverDoor") }, addedMs };
  world.clock.advance(60_000);
}
