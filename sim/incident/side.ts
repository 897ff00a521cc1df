import type { Car, Person, World } from "../world/index.ts";
import type { CastMember, SideStep } from "./format.ts";

/** What somebody asks of a car. */
export type Wish = "unlock" | "lock" | "drive";

/** One of the two worlds an incident is played in: the same story, another controller. */
export interface Side {
  readonly name: "latchkey" | "cloud-dependent";
  readonly world: World;
  person(who: string): Person;
  carOf(who: string): Car;
  /** Tries what `who` holds for it, one thing after the other. `settled` is called once, with what was said. */
  use(who: string, wish: Wish, settled: (said: string) => void): void;
  /** The device with the key stays in the car. */
  leaveKeyInCar(who: string): void;
  logOut(who: readonly string[] | undefined): void;
  coverage(of: string, present: boolean): void;
  satellite(car: string, present: boolean): void;
  play(step: SideStep): void;
}

/** Far enough that no radio reaches the car (Air: about 50 m), near enough to walk. */
export const AWAY_CM = 9_000;

/** Cars of the story in the order of the cast. */
export function carsOf(cast: readonly CastMember[]): readonly string[] {
  return [...new Set(cast.map(({ car }) => car))];
}

/** Where somebody stands who is away from `car`. */
export function awayFrom(car: Car): { readonly xCm: number; readonly yCm: number } {
  return { xCm: car.position.xCm, yCm: car.position.yCm - AWAY_CM };
}

/** A box near what answers at `from`, another one at the driver's door of `car`. */
export function relayToDoor(world: World, car: Car, { from: { xCm, yCm }, addedMs }: { from: { readonly xCm: number; readonly yCm: number }; addedMs: number }): void {
  world.air.relay = { nearPhone: { position: { xCm: xCm + 700, yCm } }, nearCar: { position: car.placeAt("driverDoor") }, addedMs };
}

/** Every latch of `car` turned to locked by hand, as it was parked last night. */
export function lockByHand(car: Car): void {
  for (const { id } of car.body.description.latches) car.body.turnByHand(id, "locked");
}

/** Of the reader at the door. */
export function isReaderSilent(car: Car): boolean {
  return car.readers.some(({ place, silent }) => place === "outside" && silent);
}

/** So many a second, for so long, in bursts of a tenth of a second. */
export function flood(world: World, { perSecond, forMs }: Extract<SideStep, { do: "telemetry" }>, offer: () => void): void {
  const endMs = world.clock.monotonicMs() + forMs;
  const burst = (): void => {
    for (let n = 0; n < perSecond / 10; n++) offer();
    if (world.clock.monotonicMs() + 100 < endMs) world.clock.after(100, "telemetry", burst);
  };
  burst();
}
