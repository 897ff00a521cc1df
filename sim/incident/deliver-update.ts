import type { SimPhone } from "../phone/index.ts";
import type { Car, World } from "../world/index.ts";
import type { Release } from "./maker.ts";

const PIECE_BYTES = 1_000;

/** Between two pieces of a delivery. */
const PIECE_EVERY_MS = 500;

/**
 * Brings a release to a car as people do: offered at the car's console, consented to by its owner beside it, delivered piece by
 * piece, whatever the car says to it. With `powerFails` the power goes in the middle of the second piece, and the delivery ends there.
 */
export function deliverUpdate(world: World, car: Car, { release, owner, powerFails }: { readonly release: Release; readonly owner: SimPhone; readonly powerFails: boolean }): void {
  const { bundle, envelope, id } = release;
  const piece = (offset: number): void => {
    if (offset >= bundle.length || !car.powered) return;
    const failsNow = powerFails && offset === PIECE_BYTES;
    if (failsNow) car.slots?.cutAfter(PIECE_BYTES / 2);
    car.dispatch({ kind: "updatePieceArrived", offset, bytes: bundle.slice(offset, offset + PIECE_BYTES) });
    if (failsNow) {
      // Where the car did not take the piece, nothing was being written.
      if (car.powered) car.restart();
      return;
    }
    world.clock.after(PIECE_EVERY_MS, "update piece", () => piece(offset + PIECE_BYTES));
  };
  car.dispatch({ kind: "updateOffered", manifest: envelope });
  owner.ask(owner.onlyVehicleId!, { kind: "consentUpdate", id }, () => piece(0));
}
