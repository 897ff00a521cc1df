import type { ComfortState } from "../../../firmware/comfort/index.ts";
import { Comfort, PARKED_CAR, type Infotainment } from "../../../sim/comfort/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** When the clock of {@link systems} begins: a Friday, 12:00 UTC. */
export const NOON_S = 1_800_014_400;

/** The comfort systems of a car, on a clock of their own, and what they have said. */
export function systems(start: ComfortState = PARKED_CAR) {
  const clock = new VirtualClock();
  const reports: { readonly atMs: number; readonly state: ComfortState }[] = [];
  const infotainment: Infotainment[] = [];
  const pins: (readonly [number: number, right: boolean])[] = [];
  const comfort = new Comfort(
    {
      clock,
      unixS: () => NOON_S + Math.floor(clock.monotonicMs() / 1000),
      report: (state) => reports.push({ atMs: clock.monotonicMs(), state }),
      pinChecked: (number, right) => pins.push([number, right]),
      infotainment: (state) => infotainment.push(state),
    },
    start,
  );
  return { clock, comfort, reports, infotainment, pins };
}
