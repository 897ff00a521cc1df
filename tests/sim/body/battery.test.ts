import { describe, expect, it } from "vitest";
import { Battery, DEFAULT_BATTERY, type BatterySettings } from "../../../sim/body/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

const HOUR_MS = 3_600_000;

function battery(settings: Partial<BatterySettings> = {}) {
  const clock = new VirtualClock();
  const reports: number[] = [];
  return { clock, reports, battery: new Battery(clock, { ...DEFAULT_BATTERY, ...settings }, (millivolts) => reports.push(millivolts)) };
}

describe("the 12 V battery", () => {
  it("empties by its load and reports each step on the way down, without being asked", () => {
    const { clock, reports, battery: it } = battery({ chargePercent: 80, quiescentMilliamp: 500 });
    const before = it.millivolts;
    clock.advance(48 * HOUR_MS);
    expect(it.chargePercent).toBe(40);
    expect(it.millivolts).toBeLessThan(before);
    expect(reports.length).toBeGreaterThan(3);
    expect(reports).toEqual([...reports].sort((a, b) => b - a));
    expect(clock.taskCount).toBeLessThan(40);
  });

  it("lasts weeks with the draw of a parked car, and days with a lamp on", () => {
    const parked = battery();
    parked.clock.advance(21 * 24 * HOUR_MS);
    expect(parked.battery.chargePercent).toBeGreaterThan(60);
    const lamp = battery();
    lamp.battery.setLoad(2_000);
    lamp.clock.advance(2 * 24 * HOUR_MS);
    expect(lamp.battery.chargePercent).toBe(0);
  });

  it("sags under a load and recovers, and a pulse costs a little charge", () => {
    const { clock, battery: it } = battery();
    const rest = it.millivolts;
    expect(it.millivoltsUnder(5_000)).toBe(rest - 60);
    it.draw(5_000, 400);
    expect(it.millivolts).toBe(rest);
    for (let i = 0; i < 20_000; i++) it.draw(5_000, 400);
    clock.advance(1);
    expect(it.millivolts).toBeLessThan(rest);
  });

  it("charges while the car runs, and not beyond full", () => {
    const { clock, battery: it } = battery({ chargePercent: 20 });
    it.setLoad(-20_000);
    clock.advance(10 * HOUR_MS);
    expect(it.chargePercent).toBe(100);
  });

  it("follows a ramp as a failing cell drives it, step by step, and stays there", () => {
    const { clock, reports, battery: it } = battery();
    it.ramp(9_000, HOUR_MS);
    clock.advance(HOUR_MS / 2);
    expect(it.millivolts).toBeLessThan(11_000);
    clock.advance(HOUR_MS);
    expect(it.millivolts).toBe(9_000);
    expect(reports.at(-1)).toBe(9_000);
    for (let i = 1; i < reports.length; i++) expect(reports[i - 1]! - reports[i]!).toBeLessThanOrEqual(110);
    it.replace(100);
    expect(it.millivolts).toBeGreaterThan(12_500);
  });

  it("never reports the same fall twice and stops reporting when empty", () => {
    const { clock, reports, battery: it } = battery({ chargePercent: 10, quiescentMilliamp: 5_000 });
    clock.advance(100 * HOUR_MS);
    expect(it.chargePercent).toBe(0);
    expect(reports.length).toBeLessThan(60);
  });
});
