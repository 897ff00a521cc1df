import { expect, test } from "vitest";
import { supplyImproved, supplyStage, SUPPLY_HYSTERESIS_MILLIVOLTS, SUPPLY_STAGES, type SupplyStage } from "../../../firmware/lock/index.ts";
import { CAR } from "./fixtures.ts";

test.each<readonly [before: SupplyStage, millivolts: number, after: SupplyStage]>([
  ["normal", 12_000, "normal"],
  ["normal", 11_999, "warn"],
  ["normal", 11_500, "warn"],
  ["normal", 11_499, "noAutoLock"],
  ["normal", 11_000, "noAutoLock"],
  ["normal", 10_999, "reserve"],
  ["normal", 0, "reserve"],
  ["reserve", 11_199, "reserve"],
  ["reserve", 11_200, "noAutoLock"],
  ["reserve", 11_699, "noAutoLock"],
  ["reserve", 11_700, "warn"],
  ["reserve", 12_199, "warn"],
  ["reserve", 12_200, "normal"],
  ["warn", 12_199, "warn"],
  ["warn", 11_600, "warn"],
])("from %s at %i mV to %s", (before, millivolts, after) => {
  expect(supplyStage(before, millivolts, CAR.supply)).toBe(after);
});

test("a value that is no voltage changes nothing", () => {
  for (const stage of SUPPLY_STAGES) {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1]) {
      expect(supplyStage(stage, value, CAR.supply)).toBe(stage);
    }
  }
});

test("at a voltage that swings by less than the hysteresis the stage comes to rest", () => {
  const stages = Array.from({ length: 10 }, (_, i) => 12_000 - 1 + (i % 2) * SUPPLY_HYSTERESIS_MILLIVOLTS).reduce<SupplyStage[]>(
    (seen, millivolts) => [...seen, supplyStage(seen.at(-1)!, millivolts, CAR.supply)],
    ["normal"],
  );
  expect(stages.slice(1)).toEqual(Array.from({ length: 10 }, () => "warn"));
});

test("only a better stage is an improvement", () => {
  expect(supplyImproved("reserve", "noAutoLock")).toBe(true);
  expect(supplyImproved("warn", "warn")).toBe(false);
  expect(supplyImproved("normal", "warn")).toBe(false);
});
