import { describe, expect, it } from "vitest";
import type { ChargePlan, ClimatePlan } from "../../../firmware/comfort/index.ts";
import { PLAN_COUNT_MAX, PLAN_NAME_BYTES_MAX, refusalOf } from "../../../firmware/comfort/index.ts";
import { PARKED_CAR } from "../../../sim/comfort/index.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, systems } from "./systems.ts";

const [SUNDAY, FRIDAY, SATURDAY, ALL] = [1, 32, 64, 127];

const PLAN = { id: 7, name: "", days: ALL, enabled: true, once: false, latitudeDeg: 52.25, longitudeDeg: 13.5 } as const;
const charging = (changes: Partial<ChargePlan>): ChargePlan => ({ ...PLAN, startMinute: undefined, endMinute: undefined, ...changes });
const ready = (changes: Partial<ClimatePlan>): ClimatePlan => ({ ...PLAN, readyMinute: 13 * 60, ...changes });

function planned() {
  const { clock, comfort } = systems();
  /** Hours after noon. */
  const atHour = (hour: number): void => clock.advance(hour * HOUR_MS - clock.monotonicMs());
  return { clock, comfort, atHour, charge: () => comfort.state.charge.charging };
}

describe("a plan to charge", () => {
  it("begins at its hour on its days and ends on the next day, in each week", () => {
    const { comfort, atHour, charge } = planned();
    comfort.setLevel(20);
    comfort.perform({ kind: "setChargingAmps", amps: 5 });
    comfort.perform({ kind: "planCharging", plan: charging({ days: FRIDAY, startMinute: 22 * 60, endMinute: 6 * 60 }) });
    comfort.plug(true);
    expect(charge()).toBe("stopped");
    atHour(9.9);
    expect(charge()).toBe("stopped");
    atHour(10);
    expect(charge()).toBe("charging");
    atHour(17.9);
    expect(charge()).toBe("charging");
    atHour(18);
    expect(charge()).toBe("stopped");
    atHour(6 * 24);
    expect(charge()).toBe("stopped");
    atHour(7 * 24 + 10);
    expect(charge()).toBe("charging");
  });

  it("that has begun charges a car that is plugged in meanwhile", () => {
    const { comfort, atHour, charge } = planned();
    comfort.perform({ kind: "planCharging", plan: charging({ days: FRIDAY, startMinute: 22 * 60, endMinute: 6 * 60 }) });
    atHour(14);
    comfort.plug(true);
    expect(charge()).toBe("charging");
    comfort.plug(false);
    atHour(19);
    comfort.plug(true);
    expect(charge()).toBe("stopped");
  });

  it("with an end alone lets the car charge until then, and with a start alone from then on", () => {
    const { comfort, atHour, charge } = planned();
    comfort.perform({ kind: "setChargingAmps", amps: 1 });
    comfort.perform({ kind: "planCharging", plan: charging({ endMinute: 13 * 60 }) });
    comfort.plug(true);
    expect(charge()).toBe("charging");
    atHour(1);
    expect(charge()).toBe("stopped");
    comfort.perform({ kind: "planCharging", plan: charging({ startMinute: 14 * 60 }) });
    atHour(2);
    expect(charge()).toBe("charging");
  });

  it("for once is done once, and waits for nothing then", () => {
    const { clock, comfort, atHour } = planned();
    comfort.perform({ kind: "planCharging", plan: charging({ once: true, startMinute: 13 * 60, endMinute: 14 * 60 }) });
    atHour(1.5);
    expect(comfort.state.charge.plans).toMatchObject([{ enabled: true }]);
    atHour(2);
    expect(comfort.state.charge.plans).toMatchObject([{ enabled: false }]);
    expect(clock.waitingCount).toBe(0);
  });

  it("takes the place of the one with its id, and is forgotten by that or with all others", () => {
    const { clock, comfort } = planned();
    const ids = (): readonly number[] => comfort.state.charge.plans.map(({ id }) => id);
    comfort.perform({ kind: "planCharging", plan: charging({ id: 1, startMinute: 0 }) });
    comfort.perform({ kind: "planCharging", plan: charging({ id: 2, startMinute: 0 }) });
    comfort.perform({ kind: "planCharging", plan: charging({ id: 1, startMinute: 0, enabled: false }) });
    expect(comfort.state.charge.plans).toMatchObject([{ id: 1, enabled: false }, { id: 2, enabled: true }]);
    comfort.perform({ kind: "forgetChargePlan", id: 2 });
    expect([ids(), clock.waitingCount]).toEqual([[1], 0]);
    comfort.perform({ kind: "forgetChargePlans", of: { home: true, work: true, other: false } });
    expect(ids()).toEqual([1]);
    comfort.perform({ kind: "forgetChargePlans", of: { home: false, work: false, other: true } });
    expect(ids()).toEqual([]);
  });
});

describe("a plan for the cabin", () => {
  it("has it ready by its time on its days, and is over when nobody comes", () => {
    const { clock, comfort, atHour } = planned();
    comfort.setOutside(-10);
    comfort.perform({ kind: "planClimate", plan: ready({ days: SATURDAY | SUNDAY }) });
    atHour(1);
    expect(comfort.state.climate.on).toBe(false);
    clock.advance(DAY_MS - 21 * MINUTE_MS);
    expect(comfort.state.climate.on).toBe(false);
    clock.advance(MINUTE_MS);
    expect(comfort.state.climate.on).toBe(true);
    clock.advance(20 * MINUTE_MS);
    expect(comfort.state.climate.insideCelsius).toBeGreaterThan(20);
    clock.advance(HOUR_MS);
    expect(comfort.state.climate.on).toBe(false);
  });

  it("just after midnight begins on the evening before", () => {
    const { comfort, atHour } = planned();
    comfort.perform({ kind: "planClimate", plan: ready({ days: SATURDAY, readyMinute: 10 }) });
    atHour(12 - 1 / 5);
    expect(comfort.state.climate.on).toBe(false);
    atHour(12);
    expect(comfort.state.climate.on).toBe(true);
  });

  it("is changed and forgotten like one to charge", () => {
    const { clock, comfort, atHour } = planned();
    comfort.perform({ kind: "planClimate", plan: ready({ id: 1, once: true }) });
    comfort.perform({ kind: "planClimate", plan: ready({ id: 2, enabled: false }) });
    atHour(1);
    expect(comfort.state.climate.plans).toMatchObject([{ id: 1, enabled: false }, { id: 2 }]);
    comfort.perform({ kind: "forgetClimatePlan", id: 1 });
    comfort.perform({ kind: "forgetClimatePlans", of: { home: false, work: false, other: true } });
    clock.advance(DAY_MS);
    expect([comfort.state.climate.plans, clock.waitingCount]).toEqual([[], 0]);
  });
});

describe("a plan is refused", () => {
  const why = (changes: Partial<ChargePlan>): string | undefined => refusalOf(PARKED_CAR, { kind: "planCharging", plan: charging({ startMinute: 0, ...changes }) });

  it("where it names no time, no day, no place, or more than a reply could bring", () => {
    expect(why({})).toBeUndefined();
    expect([why({ startMinute: undefined }), why({ startMinute: 1440 }), why({ endMinute: -1 })]).toEqual(["invalid_time", "invalid_time", "invalid_time"]);
    expect([why({ days: 0 }), why({ days: 128 }), why({ days: 1.5 })]).toEqual(["invalid_days", "invalid_days", "invalid_days"]);
    expect([why({ latitudeDeg: 91 }), why({ longitudeDeg: Number.NaN })]).toEqual(["invalid_location", "invalid_location"]);
    expect([why({ name: "x".repeat(PLAN_NAME_BYTES_MAX + 1) }), why({ name: "\n" })]).toEqual(["invalid_name", "invalid_name"]);
    expect(why({ id: 2 ** 60 })).toBe("invalid_id");
    expect(refusalOf(PARKED_CAR, { kind: "planClimate", plan: ready({ readyMinute: 1440 }) })).toBe("invalid_time");
    expect([refusalOf(PARKED_CAR, { kind: "forgetChargePlan", id: 1 }), refusalOf(PARKED_CAR, { kind: "forgetClimatePlan", id: 1 })]).toEqual(["not_found", "not_found"]);
  });

  it("where the car keeps as many as it can, and not where it changes one of them", () => {
    const plans = Array.from({ length: PLAN_COUNT_MAX }, (_, id) => charging({ id, startMinute: 0 }));
    const full = { ...PARKED_CAR, charge: { ...PARKED_CAR.charge, plans } };
    const add = (id: number): string | undefined => refusalOf(full, { kind: "planCharging", plan: charging({ id, startMinute: 0 }) });
    expect([add(PLAN_COUNT_MAX), add(0)]).toEqual(["too_many_schedules", undefined]);
  });
});
