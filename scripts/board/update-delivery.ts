import { equalBytes } from "../../firmware/base/index.ts";
import { parseManifest } from "../../firmware/update/index.ts";
import type { RunningCar } from "./running-car.ts";

/** Bytes of a bundle that are brought at once. */
export const PIECE_BYTES_MAX = 32_768;

/** Why the car did not take it: a reason's name, or a sentence where something failed. Undefined: it did. */
export type Refusal = { readonly kind: "refused" | "failed"; readonly why: string } | undefined;

/** Offers a signed manifest at the car's own console. `gone`: nobody waits for the answer any more. */
export function offerUpdate(car: RunningCar, manifest: Uint8Array, gone?: AbortSignal): Promise<Refusal> {
  const { updates, crypto } = car.controller.parts;
  const parsed = parseManifest(crypto, manifest);
  const isKnown = (): boolean => {
    const { id, state } = updates.status;
    return parsed.ok && id !== undefined && state !== "rolledBack" && equalBytes(id, parsed.value.id);
  };
  return whenSettled(car, { refusedAs: "offerUpdate", settled: isKnown, gone, begin: () => car.dispatch({ kind: "updateOffered", manifest }) });
}

/** Brings the piece that begins at `offset`; nothing happens where the car wants another. */
export function deliverPiece(car: RunningCar, offset: number, bytes: Uint8Array, gone?: AbortSignal): Promise<Refusal> {
  const { updateDesk } = car.controller;
  if (updateDesk.wantedOffset !== offset) return Promise.resolve(undefined);
  // The desk wants nothing while a piece is written or the whole is checked.
  const settled = (): boolean => updateDesk.wantedOffset !== offset && !updateDesk.isBusy;
  return whenSettled(car, { refusedAs: "updatePiece", settled, gone, begin: () => car.dispatch({ kind: "updatePieceArrived", offset, bytes }) });
}

interface Waiting {
  /** The note that tells of a refusal. */
  readonly refusedAs: string;
  readonly settled: () => boolean;
  readonly gone: AbortSignal | undefined;
  readonly begin: () => void;
}

function whenSettled(car: RunningCar, { refusedAs, settled, gone, begin }: Waiting): Promise<Refusal> {
  return new Promise((resolve) => {
    const leave = (refusal: Refusal): void => {
      unwatch();
      resolve(refusal);
    };
    const unwatch = car.watch({
      changed: () => {
        if (settled()) leave(undefined);
      },
      noted: ({ what, outcome, why }) => {
        if (what === refusedAs && outcome === "refused") leave({ kind: "refused", why });
        if (what === "update" && outcome === "failed" && refusedAs === "updatePiece") leave({ kind: "failed", why });
      },
    });
    gone?.addEventListener("abort", () => leave(undefined), { once: true });
    begin();
  });
}
