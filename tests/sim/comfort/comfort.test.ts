import { describe, expect, it } from "vitest";
import { refusalOf, type Departure } from "../../../firmware/comfort/index.ts";
import { BOOT_MS, PARKED_CAR } from "../../../sim/comfort/index.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, NOON_S, systems } from "./systems.ts";

const leaving = (minutesAfterMidnight: number): Departure => ({ minutesAfterMidnight, precondition: "daily", offPeak: "never", offPeakUntilMinute: 0 });

describe("a virtual car's comfort systems at rest", () => {
  it("wait for nothing and report nothing, however long", () => {
    const { clock, reports } = systems();
    expect(clock.waitingCount).toBe(0);
    clock.advance(24 * HOUR_MS);
    expect([clock.taskCount, reports.length]).toEqual([0, 0]);
  });

  it("come to rest again after everything that moves them", () => {
    const { clock, comfort, reports } = systems();
    comfort.plug(true);
    comfort.setOutside(-5);
    comfort.perform({ kind: "climate", on: true });
    comfort.perform({ kind: "flashLights" });
    comfort.sleep();
    comfort.wake();
    clock.advance(12 * HOUR_MS);
    expect(clock.waitingCount).toBe(0);
    const count = reports.length;
    clock.advance(24 * HOUR_MS);
    expect(reports).toHaveLength(count);
  });

  it("report what an act changes at once, what time changes once a second at most, and what has not changed never", () => {
    const { clock, comfort, reports } = systems();
    comfort.perform({ kind: "rename", name: "blue one" });
    comfort.perform({ kind: "rename", name: "blue one" });
    expect(reports.map(({ state }) => state.name)).toEqual(["blue one"]);
    comfort.plug(true);
    clock.advance(HOUR_MS);
    const charging = reports.slice(2);
    expect(charging.length).toBeGreaterThan(100);
    for (const [index, { atMs }] of charging.entries()) expect(atMs - reports[index + 1]!.atMs).toBeGreaterThanOrEqual(1_000);
    for (const [index, { state }] of charging.entries()) expect(state).not.toEqual(reports[index + 1]!.state);
  });

  it("tell a controller that begins anew everything, though nothing has changed", () => {
    const { comfort, reports, infotainment } = systems();
    comfort.reportAll();
    comfort.reportAll();
    expect(reports.map(({ state }) => state)).toEqual([comfort.state, comfort.state]);
    expect(infotainment).toEqual(["awake", "awake"]);
  });
});

describe("charging", () => {
  it("raises the level by power, opens the port, and stops at the limit when it said it would", () => {
    const { clock, comfort, reports } = systems();
    comfort.plug(true);
    expect(comfort.state.charge).toMatchObject({ charging: "charging", portOpen: true, cablePlugged: true, actualAmps: 48, volts: 230, kilowatts: 11.04 });
    // 18 % of 75 kWh at 11.04 kW.
    const minutes = Math.ceil((13.5 / 11.04) * 60);
    expect(comfort.state.charge.minutesToLimit).toBe(minutes);
    clock.advance(30 * MINUTE_MS);
    expect(comfort.state.charge.levelPercent).toBeCloseTo(62 + (100 * 5.52) / 75, 2);
    expect(comfort.state.charge.addedKilowattHours).toBeCloseTo(5.52, 2);
    clock.advance((minutes - 31) * MINUTE_MS);
    expect(comfort.state.charge.charging).toBe("charging");
    clock.advance(MINUTE_MS);
    expect(comfort.state.charge).toMatchObject({ charging: "complete", levelPercent: 80, kilowatts: 0, minutesToLimit: 0 });
    expect(reports.at(-1)!.state).toEqual(comfort.state);
    clock.advance(HOUR_MS);
    expect(comfort.state.charge.levelPercent).toBe(80);
  });

  it("goes on to a higher limit, ends at a lower one, and takes half as long at twice the amperes", () => {
    const { clock, comfort } = systems();
    comfort.perform({ kind: "setChargingAmps", amps: 24 });
    comfort.plug(true);
    const slow = comfort.state.charge.minutesToLimit;
    comfort.perform({ kind: "setChargingAmps", amps: 48 });
    expect(Math.abs(slow - 2 * comfort.state.charge.minutesToLimit)).toBeLessThanOrEqual(1);
    clock.advance(2 * HOUR_MS);
    comfort.perform({ kind: "setChargeLimit", percent: 90 });
    expect(comfort.state.charge.charging).toBe("charging");
    comfort.perform({ kind: "setChargeLimit", percent: 50 });
    expect(comfort.state.charge.charging).toBe("complete");
    comfort.setLevel(20);
    expect(comfort.state.charge).toMatchObject({ charging: "charging", levelPercent: 20 });
  });

  it("stands still with no amperes, when stopped and when unplugged", () => {
    const { clock, comfort } = systems();
    comfort.plug(true);
    comfort.perform({ kind: "setChargingAmps", amps: 0 });
    expect([comfort.state.charge.charging, clock.waitingCount]).toEqual(["charging", 0]);
    comfort.perform({ kind: "stopCharging" });
    expect([comfort.state.charge.charging, clock.waitingCount]).toEqual(["stopped", 0]);
    comfort.perform({ kind: "closeChargePort" });
    expect(comfort.state.charge.portOpen).toBe(true);
    comfort.plug(false);
    comfort.perform({ kind: "startCharging" });
    expect([comfort.state.charge.charging, clock.waitingCount]).toEqual(["disconnected", 0]);
    comfort.perform({ kind: "closeChargePort" });
    expect(comfort.state.charge.portOpen).toBe(false);
  });

  it("is not begun anew by plugging in what is plugged in", () => {
    const { comfort, reports } = systems();
    comfort.plug(true);
    comfort.perform({ kind: "stopCharging" });
    const count = reports.length;
    comfort.plug(true);
    expect([comfort.state.charge.charging, reports.length]).toEqual(["stopped", count]);
  });

  it("waits for its schedule, day after day", () => {
    const { clock, comfort } = systems();
    comfort.perform({ kind: "scheduleCharging", minutesAfterMidnight: 12 * 60 + 30 });
    comfort.plug(true);
    expect(comfort.state.charge.charging).toBe("stopped");
    const untilMs = ((((12 * 60 + 30) * 60 - (NOON_S % 86_400) + 86_400) % 86_400) || 86_400) * 1000;
    clock.advance(untilMs - 1);
    expect(comfort.state.charge.charging).toBe("stopped");
    clock.advance(1);
    expect(comfort.state.charge.charging).toBe("charging");
    comfort.perform({ kind: "stopCharging" });
    clock.advance(24 * HOUR_MS);
    expect(comfort.state.charge.charging).toBe("charging");
    comfort.perform({ kind: "scheduleCharging", minutesAfterMidnight: undefined });
    clock.advance(24 * HOUR_MS);
    expect(clock.waitingCount).toBe(0);
  });
});

describe("the cabin", () => {
  it("drifts to the air outside, and rests there", () => {
    const { clock, comfort, reports } = systems();
    comfort.setOutside(-5);
    clock.advance(20 * MINUTE_MS);
    expect(comfort.state.climate.insideCelsius).toBeCloseTo(-5 + 20 / Math.E, 1);
    clock.advance(6 * HOUR_MS);
    expect(comfort.state.climate.insideCelsius).toBe(-5);
    const inside = reports.map(({ state }) => state.climate.insideCelsius);
    expect(inside).toEqual([...inside].sort((a, b) => b - a));
  });

  it("follows its setting while the climate is on, sooner than it cools", () => {
    const { clock, comfort } = systems();
    comfort.setOutside(0);
    comfort.perform({ kind: "setTemperature", driverCelsius: 22, passengerCelsius: 20 });
    comfort.perform({ kind: "climate", on: true });
    expect(comfort.state.climate).toMatchObject({ on: true, fan: 3 });
    clock.advance(40 * MINUTE_MS);
    expect(comfort.state.climate.insideCelsius).toBe(21);
    comfort.perform({ kind: "defrost", on: true });
    comfort.perform({ kind: "climateKeeper", mode: "dog" });
    expect(comfort.state.climate.fan).toBe(7);
    comfort.perform({ kind: "climate", on: false });
    expect(comfort.state.climate).toMatchObject({ on: false, fan: 0, defrost: false, keeper: "off" });
    clock.advance(MINUTE_MS);
    expect(comfort.state.climate.insideCelsius).toBeLessThan(21);
  });

  it("stays below 40 degrees where that is asked for", () => {
    const { clock, comfort } = systems();
    comfort.perform({ kind: "overheatProtection", mode: "on" });
    comfort.setOutside(50);
    clock.advance(6 * HOUR_MS);
    expect(comfort.state.climate.insideCelsius).toBe(40);
  });

  it("is ready at a departure, and left alone after one that did not happen", () => {
    const { clock, comfort } = systems();
    const minutes = (Math.floor((NOON_S % 86_400) / 60) + 60) % 1440;
    comfort.perform({ kind: "scheduleDeparture", departure: leaving(minutes) });
    clock.advance(39 * MINUTE_MS);
    expect(comfort.state.climate.on).toBe(false);
    clock.advance(21 * MINUTE_MS);
    expect(comfort.state.climate).toMatchObject({ on: true, insideCelsius: 21 });
    clock.advance(11 * MINUTE_MS);
    expect(comfort.state.climate.on).toBe(false);
  });
});

describe("a departure without a warm cabin", () => {
  it("is one that asked for none, or that is on a weekend where weekdays were asked for", () => {
    const { clock, comfort } = systems();
    const isReady = (): boolean => {
      clock.advance(45 * MINUTE_MS);
      const { on } = comfort.state.climate;
      clock.advance(DAY_MS - 45 * MINUTE_MS);
      return on;
    };
    comfort.perform({ kind: "scheduleDeparture", departure: { ...leaving(13 * 60), precondition: "never" } });
    expect(clock.waitingCount).toBe(0);
    expect(isReady()).toBe(false);
    comfort.perform({ kind: "scheduleDeparture", departure: { ...leaving(13 * 60), precondition: "weekdays" } });
    // Saturday, Sunday, Monday.
    expect([isReady(), isReady(), isReady()]).toEqual([false, false, true]);
  });
});

describe("a departure that is put off", () => {
  it("keeps the cabin ready until the new one", () => {
    const { clock, comfort } = systems();
    const inMinutes = (minutes: number): number => (Math.floor((NOON_S % 86_400) / 60) + minutes) % 1440;
    comfort.perform({ kind: "scheduleDeparture", departure: leaving(inMinutes(60)) });
    clock.advance(41 * MINUTE_MS);
    comfort.perform({ kind: "scheduleDeparture", departure: leaving(inMinutes(85)) });
    clock.advance(39 * MINUTE_MS);
    expect(comfort.state.climate.on).toBe(true);
    clock.advance(16 * MINUTE_MS);
    expect(comfort.state.climate.on).toBe(false);
  });
});

describe("a drive", () => {
  it("turns miles on and takes charge for them, until the car parks or is empty", () => {
    const { clock, comfort } = systems();
    comfort.follow({ running: true, moving: false });
    expect(comfort.state).toMatchObject({ shift: "park", speedMph: 0 });
    comfort.follow({ running: true, moving: true });
    clock.advance(HOUR_MS);
    expect(comfort.state).toMatchObject({ shift: "drive", speedMph: 62 });
    expect(comfort.state.odometerMiles).toBeCloseTo(PARKED_CAR.odometerMiles + 62, 1);
    expect(comfort.state.charge.levelPercent).toBeCloseTo(62 - (62 * 0.27 * 100) / 75, 1);
    clock.advance(24 * HOUR_MS);
    expect(comfort.state).toMatchObject({ speedMph: 0, charge: { levelPercent: 0, rangeMiles: 0 } });
    expect(clock.waitingCount).toBe(0);
    comfort.follow({ running: false, moving: false });
    expect(comfort.state.shift).toBe("park");
  });
});

describe("the screens", () => {
  it("boot for three seconds when woken, and sleep again only when told", () => {
    const { clock, comfort, infotainment } = systems();
    comfort.wake();
    expect(infotainment).toEqual([]);
    comfort.sleep();
    clock.advance(HOUR_MS);
    comfort.wake();
    comfort.wake();
    clock.advance(BOOT_MS - 1);
    expect(infotainment).toEqual(["asleep", "booting"]);
    clock.advance(1);
    expect(infotainment).toEqual(["asleep", "booting", "awake"]);
    clock.advance(24 * HOUR_MS);
    expect(comfort.infotainment).toBe("awake");
  });

  it("put to sleep while they boot stay asleep", () => {
    const { clock, comfort } = systems();
    comfort.sleep();
    comfort.wake();
    comfort.sleep();
    clock.advance(HOUR_MS);
    expect(comfort.infotainment).toBe("asleep");
  });
});

describe("orders", () => {
  it("count flashes and honks, which are noticed for a moment", () => {
    const { clock, comfort } = systems();
    expect([comfort.isFlashing, comfort.isHonking]).toEqual([false, false]);
    comfort.perform({ kind: "flashLights" });
    comfort.perform({ kind: "honk" });
    comfort.perform({ kind: "honk" });
    expect(comfort.state).toMatchObject({ flashes: 1, honks: 2 });
    expect([comfort.isFlashing, comfort.isHonking]).toEqual([true, true]);
    clock.advance(3_000);
    expect([comfort.isFlashing, comfort.isHonking]).toEqual([false, false]);
  });

  it("set volume and track within what there is", () => {
    const { comfort } = systems();
    comfort.perform({ kind: "changeVolume", steps: 3 });
    expect(comfort.state.media.volume).toBe(5);
    comfort.perform({ kind: "changeVolume", steps: 300 });
    expect(comfort.state.media.volume).toBe(11);
    comfort.perform({ kind: "changeVolume", steps: -300 });
    comfort.perform({ kind: "skipTrack", by: -1 });
    comfort.perform({ kind: "skipFavourite", by: 1 });
    comfort.perform({ kind: "togglePlayback" });
    expect(comfort.state.media).toEqual({ playing: true, volume: 0, track: 11, favourite: 1 });
  });

  it("install software when its time has come, and not when that was called off", () => {
    const { clock, comfort } = systems();
    comfort.perform({ kind: "scheduleSoftwareUpdate", inS: 90 });
    clock.advance(60_000);
    expect(comfort.state.software.scheduledInS).toBe(30);
    comfort.perform({ kind: "cancelSoftwareUpdate" });
    clock.advance(HOUR_MS);
    expect(comfort.state.software.version).toBe(PARKED_CAR.software.version);
    comfort.perform({ kind: "scheduleSoftwareUpdate", inS: 90 });
    clock.advance(90_000);
    expect(comfort.state.software).toEqual({ version: PARKED_CAR.software.available, available: undefined, scheduledInS: undefined });
    expect(clock.waitingCount).toBe(0);
  });

  it("switch everything else on and off", () => {
    const { comfort } = systems();
    for (const order of [
      { kind: "sentry", on: true }, { kind: "guestMode", on: true }, { kind: "lowPower", on: true }, { kind: "accessoryPower", on: true }, { kind: "windows", open: true },
      { kind: "steeringWheelHeat", on: true }, { kind: "seatHeat", seat: "rearLeft", level: 2 }, { kind: "bioweaponDefence", on: true }, { kind: "openChargePort" }, { kind: "homelink" },
    ] as const) comfort.perform(order);
    expect(comfort.state).toMatchObject({
      sentry: true, guestMode: true, lowPower: true, accessoryPower: true, windowsOpen: true,
      climate: { on: true, fan: 7, steeringWheelHeat: true, seatHeat: { rearLeft: 2, frontLeft: 0 } }, charge: { portOpen: true },
    });
  });

  it("cool and automate the front seats, and say from which heat the parked cabin is protected", () => {
    const { clock, comfort } = systems();
    comfort.perform({ kind: "seatCool", seat: "frontRight", level: 3 });
    comfort.perform({ kind: "seatAuto", seat: "frontLeft", on: true });
    expect(comfort.state.climate).toMatchObject({ seatCool: { frontLeft: 0, frontRight: 3 }, seatAuto: { frontLeft: true, frontRight: false } });
    comfort.setOutside(50);
    comfort.perform({ kind: "overheatProtection", mode: "on" });
    comfort.perform({ kind: "overheatFrom", level: "low" });
    clock.advance(12 * HOUR_MS);
    expect(comfort.state.climate.insideCelsius).toBe(30);
    comfort.perform({ kind: "overheatFrom", level: "high" });
    clock.advance(12 * HOUR_MS);
    expect(comfort.state.climate.insideCelsius).toBe(40);
  });

  it("open the charge port as often as they are given, let go of the cable, and so end the charge", () => {
    const { comfort } = systems();
    comfort.plug(true);
    expect(comfort.state.charge).toMatchObject({ charging: "charging", cableLatched: true });
    expect(refusalOf(comfort.state, { kind: "openChargePort" })).toBeUndefined();
    comfort.perform({ kind: "openChargePort" });
    expect(comfort.state.charge).toMatchObject({ charging: "stopped", cablePlugged: true, cableLatched: false, portOpen: true });
    comfort.perform({ kind: "startCharging" });
    expect(comfort.state.charge).toMatchObject({ charging: "charging", cableLatched: true });
  });

  it("that are refused change nothing", () => {
    const { comfort, reports } = systems();
    for (const order of [{ kind: "setChargeLimit", percent: 49 }, { kind: "startCharging" }, { kind: "setVolume", volume: 12 }, { kind: "rename", name: "" }] as const) comfort.perform(order);
    expect(reports).toEqual([]);
  });

  it("from outside the world that make no sense are told so", () => {
    const { comfort } = systems();
    expect(() => comfort.setLevel(101)).toThrow(/level: 101/);
    expect(() => comfort.setOutside(Number.NaN)).toThrow(/outside temperature/);
  });
});
