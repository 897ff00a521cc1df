import { InvariantViolation } from "../../firmware/base/index.ts";
import type { BootController, CreateCrypto } from "./controller-like.ts";
import { claimCar, outcomeOf, SetupFailed } from "./preparation.ts";
import { World } from "./world.ts";

/** From the answer to an unlock until the latches have moved. */
const LATCHES_MOVE_MS = 5_000;

/**
 * A boot loader's self-test of `program`, on a bench of its own and an empty flash: a phone pairs with it, and its unlock has to
 * move the locks. What the program says of itself counts for nothing.
 */
export function opensACar(program: BootController, createCrypto: CreateCrypto): boolean {
  const bench = new World({ seed: "self-test", createCrypto, keepLines: false });
  try {
    const car = bench.addCar({ name: "bench", boot: program });
    bench.clock.advance(1_000);
    const phone = bench.addPhone({ name: "self-test", place: { position: car.placeAt("driverDoor") } });
    const vehicleId = claimCar(bench, car, phone);
    for (const { id } of car.body.description.latches) car.body.turnByHand(id, "locked");
    bench.clock.advance(1_000);
    outcomeOf(bench, "the self-test unlocks", (settled) => phone.ask(vehicleId, { kind: "unlock" }, settled));
    bench.clock.advance(LATCHES_MOVE_MS);
    return !car.body.lockedUp;
  } catch (failure) {
    if (failure instanceof SetupFailed || failure instanceof RangeError || failure instanceof InvariantViolation) return false;
    throw failure;
  }
}
