import { Controller, EffectPump, type ControllerEvent, type ControllerParts, type Effect, type EffectPerformer, type Pumped } from "../../firmware/controller/index.ts";
export { overlaid } from "../../sim/attack/index.ts";
import type { TestCarOptions } from "../support/wired-car.ts";

/**
 * Guards taken out, one at a time. Each check of an invariant must notice its mutants; none of this is anywhere but in tests.
 */
export type Mutant = Pick<TestCarOptions, "rebuild" | "createPump" | "crypto" | "sync">;

/** The unchanged car. */
export const GENUINE: Mutant = {};

/** A controller with some of its parts changed. */
export function withParts(change: (parts: ControllerParts) => Partial<ControllerParts>): Mutant {
  return { rebuild: ({ parts }) => new Controller({ ...parts, ...change(parts) }) };
}

/** A controller that has been changed after it was built. */
export function altered(change: (controller: Controller) => void): Mutant {
  return {
    rebuild: ({ parts }) => {
      const controller = new Controller(parts);
      change(controller);
      return controller;
    },
  };
}

/** A pump between whose controller and itself `change` stands. */
export function betweenPumpAnd(change: (controller: Pumped) => Pumped): Mutant {
  return { createPump: (controller, performer) => new EffectPump(change(controller), performer) };
}

/** A pump whose private parts a test may touch. */
export interface OpenPump {
  effects: Effect[];
  events: ControllerEvent[];
}

/** A pump that is changed after it was made; gives what it is really made of. */
export function alteredPump(change: (pump: EffectPump, open: OpenPump, performer: EffectPerformer) => void): Mutant {
  return {
    createPump: (controller, performer) => {
      const pump = new EffectPump(controller, performer);
      change(pump, pump as unknown as OpenPump, performer);
      return pump;
    },
  };
}
