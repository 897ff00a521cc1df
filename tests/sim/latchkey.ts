import type { RandomPort } from "../../firmware/ports/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { bootLatchkey, claimCar, World, type Car } from "../../sim/world/index.ts";
import type { PhoneOutcome, SimPhone } from "../../sim/phone/index.ts";

/** node:crypto drawing from the world's own stream. Ed25519 signatures are deterministic; its ES256 ones are not, so no trace with them is compared. */
export const createCrypto = (random: RandomPort) => createNodeCrypto({ random });

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

/** Every latch turned to locked by hand. */
export function lockByHand(car: Car): void {
  for (const { id } of car.body.description.latches) car.body.turnByHand(id, "locked");
}
