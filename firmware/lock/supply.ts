import type { VehicleDescription } from "./description.ts";

/**
 * How much the low-voltage supply still gives. `warn`: tell the owner. `noAutoLock`: the car locks no more by itself.
 * `reserve`: only unlocking is powered.
 */
export type SupplyStage = "normal" | "warn" | "noAutoLock" | "reserve";

/** From the worst to the best. */
export const SUPPLY_STAGES = ["reserve", "noAutoLock", "warn", "normal"] as const satisfies readonly SupplyStage[];

/** A stage is left upwards only this far above its limit, so that the dip of one motor pulse does not swing it to and fro. */
export const SUPPLY_HYSTERESIS_MILLIVOLTS = 200;

/**
 * The stage after a measurement. Falls at once, rises with hysteresis; a value that is no voltage (negative, not finite)
 * leaves the stage as it was.
 */
export function supplyStage(before: SupplyStage, millivolts: number, limits: VehicleDescription["supply"]): SupplyStage {
  if (!Number.isFinite(millivolts) || millivolts < 0) return before;
  const fallen = stageAt(millivolts, limits);
  const risen = stageAt(millivolts - SUPPLY_HYSTERESIS_MILLIVOLTS, limits);
  if (rank(fallen) < rank(before)) return fallen;
  return rank(risen) > rank(before) ? risen : before;
}

/** Whether `after` gives more than `before`. */
export function supplyImproved(before: SupplyStage, after: SupplyStage): boolean {
  return rank(after) > rank(before);
}

function stageAt(millivolts: number, limits: VehicleDescription["supply"]): SupplyStage {
  if (millivolts < limits.reserveMillivolts) return "reserve";
  if (millivolts < limits.autoLockMillivolts) return "noAutoLock";
  return millivolts < limits.warnMillivolts ? "warn" : "normal";
}

function rank(stage: SupplyStage): number {
  return SUPPLY_STAGES.indexOf(stage);
}
