import type { VirtualClock } from "../time/index.ts";
import { distanceCm, type Position } from "./propagation.ts";

/** How far somebody goes between two looks at where they are. */
const STEP_CM = 100;

/** A person's walking speed (Bohannon 1997: about 1.4 m/s). */
export const WALKING_CM_PER_S = 140;

/** Longest walk, so that a typing error in a scenario is no endless one. */
const STEP_COUNT_MAX = 10_000;

/** Calls `arrive` for each metre on the straight way from `from` to `to`; costs nothing once it is over. */
export function walk(clock: VirtualClock, from: Position, to: Position, arrive: (position: Position) => void): void {
  const steps = Math.max(1, Math.ceil(distanceCm(from, to) / STEP_CM));
  if (steps > STEP_COUNT_MAX) throw new RangeError(`a walk of ${distanceCm(from, to)} cm is too long`);
  const stepMs = Math.max(1, Math.floor((STEP_CM * 1000) / WALKING_CM_PER_S));
  const stepOn = (step: number): void => {
    const between = (a: number, b: number): number => a + Math.round(((b - a) * step) / steps);
    arrive({ xCm: between(from.xCm, to.xCm), yCm: between(from.yCm, to.yCm) });
    if (step < steps) clock.after(stepMs, "walk", () => stepOn(step + 1));
  };
  clock.after(stepMs, "walk", () => stepOn(1));
}
