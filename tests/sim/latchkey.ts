import type { RandomPort } from "../../firmware/ports/index.ts";
import { createPortableCrypto } from "../../hal/crypto-portable/index.ts";
import { bootLatchkey, claimCar, World, type Car } from "../../sim/world/index.ts";
import type { PhoneOutcome, SimPhone } from "../../sim/phone/index.ts";

/** The portable crypto drawing from the world's own stream. */
export const createCrypto = (random: RandomPort) => createPortableCrypto({ random });

/** A car with Latchkey's controller, claimed by a phone at its driver's door. */
export function claimedCar(seed: string, keepLines = true) {
  const world = new World({ seed, createCrypto, keepLines });
  const car = world.addCar({ name: "car", boot: bootLatchkey });
  world.clock.advance(1_000);
  for (const source of ["rtc", "gps"] as const) car.dispatch({ kind: "timeReported", source, unixS: world.unixS() });
  const owner = phoneAt(world, car, "owner");
  const vehicleId = claimCar(world, car, owner);
  return { world, car, owner, vehicleId };
}

export function phoneAt(world: World, car: Car, name: string, options: { staysConnected?: boolean; algorithm?: "Ed25519" | "ES256" } = {}): SimPhone {
  return world.addPhone({ name, place: { position: car.placeAt("driverDoor") }, ...options });
}

/** Lets time pass until it has settled. */
export function settle(world: World, begin: (settled: (outcome: PhoneOutcome) => void) => void): PhoneOutcome {
  const ended: PhoneOutcome[] = [];
  begin((outcome) => ended.push(outcome));
  world.clock.runUntil(() => ended.length > 0, 120_000);
  world.clock.advance(2_000);
  if (ended.length !== 1) throw new Error(`settled ${ended.length} times`);
  return ended[0]!;
}
