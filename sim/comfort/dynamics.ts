import type { ChargeState, ClimateState, ComfortState } from "../../firmware/comfort/index.ts";
import { BATTERY_KILOWATT_HOURS, KILOWATT_HOURS_PER_MILE } from "./parked-car.ts";

/** Single-phase mains at a wall box. */
const MAINS_VOLTS = 230;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The cabin has come this share (1 - 1/e) of the way to the air outside, or to the climate's setting, after so long. */
const CABIN_MS = 20 * MINUTE_MS;
const CLIMATE_MS = 4 * MINUTE_MS;

/** Nearer than this to where it goes the cabin is there. */
const CABIN_REST_CELSIUS = 0.05;

/** Overheat protection keeps the parked cabin below one of these. */
const OVERHEAT_CELSIUS = { low: 30, medium: 35, high: 40 } as const;

/** Percent that one kilowatt adds in one millisecond. */
const PERCENT_PER_KILOWATT_MS = 100 / BATTERY_KILOWATT_HOURS / HOUR_MS;

/** What follows from what was set: power from amperes, range from level, fan from climate. Ends a charge that has reached its limit. */
export function settled(state: ComfortState): ComfortState {
  const { speedLimit, shift } = state;
  const speedMph = shift === "park" || state.charge.levelPercent === 0 ? 0 : speedLimit.active ? Math.min(CRUISE_MPH, speedLimit.limitMph) : CRUISE_MPH;
  return { ...state, charge: chargeOf(state.charge), climate: { ...state.climate, fan: fanOf(state.climate) }, speedMph };
}

/** How fast the virtual car goes while it moves: nothing in its body tells. */
const CRUISE_MPH = 62;

function chargeOf(charge: ChargeState): ChargeState {
  const full = charge.levelPercent >= charge.limitPercent;
  const charging = charge.charging === "charging" && full ? "complete" : charge.charging;
  const actualAmps = charging === "charging" ? Math.min(charge.requestedAmps, charge.maxAmps) : 0;
  const kilowatts = (actualAmps * MAINS_VOLTS) / 1000;
  const missing = ((charge.limitPercent - charge.levelPercent) * BATTERY_KILOWATT_HOURS) / 100;
  return {
    ...charge,
    charging,
    actualAmps,
    kilowatts,
    rateMph: kilowatts / KILOWATT_HOURS_PER_MILE,
    addedMiles: charge.addedKilowattHours / KILOWATT_HOURS_PER_MILE,
    volts: charging === "charging" ? MAINS_VOLTS : 0,
    minutesToLimit: kilowatts > 0 ? Math.ceil((missing / kilowatts) * 60) : 0,
    rangeMiles: ((charge.levelPercent / 100) * BATTERY_KILOWATT_HOURS) / KILOWATT_HOURS_PER_MILE,
  };
}

function fanOf({ on, defrost, bioweaponDefence }: ClimateState): number {
  if (!on) return 0;
  return defrost || bioweaponDefence ? 7 : 3;
}

/** Where the cabin's temperature goes. */
function cabinGoal({ on, driverCelsius, passengerCelsius, outsideCelsius, overheatProtection, overheatFrom }: ClimateState): number {
  if (on) return (driverCelsius + passengerCelsius) / 2;
  return overheatProtection === "off" ? outsideCelsius : Math.min(outsideCelsius, OVERHEAT_CELSIUS[overheatFrom]);
}

/** When to look again; undefined: nothing changes by itself. */
export function nextLookMs(state: ComfortState): number | undefined {
  const { charge, climate, speedMph, software } = state;
  if (charge.kilowatts > 0 || speedMph > 0 || climate.insideCelsius !== cabinGoal(climate)) return SECOND_MS;
  return software.scheduledInS === undefined ? undefined : Math.min(MINUTE_MS, Math.max(1, Math.ceil(software.scheduledInS * SECOND_MS)));
}

/** The state `elapsedMs` later, where nobody does anything meanwhile. */
export function passed(state: ComfortState, elapsedMs: number): ComfortState {
  const { charge, climate, speedMph } = state;
  const added = Math.min(charge.kilowatts * elapsedMs * PERCENT_PER_KILOWATT_MS, Math.max(0, charge.limitPercent - charge.levelPercent));
  const miles = (speedMph * elapsedMs) / HOUR_MS;
  const spent = (miles * KILOWATT_HOURS_PER_MILE * 100) / BATTERY_KILOWATT_HOURS;
  return settled({
    ...state,
    charge: {
      ...charge,
      levelPercent: Math.max(0, charge.levelPercent + added - spent),
      addedKilowattHours: charge.addedKilowattHours + (added * BATTERY_KILOWATT_HOURS) / 100,
    },
    climate: { ...climate, insideCelsius: cabinAfter(climate, elapsedMs) },
    odometerMiles: state.odometerMiles + miles,
    software: softwareAfter(state.software, elapsedMs),
  });
}

function cabinAfter(climate: ClimateState, elapsedMs: number): number {
  const goal = cabinGoal(climate);
  const left = (climate.insideCelsius - goal) * Math.exp(-elapsedMs / (climate.on ? CLIMATE_MS : CABIN_MS));
  return Math.abs(left) < CABIN_REST_CELSIUS ? goal : goal + left;
}

function softwareAfter(software: ComfortState["software"], elapsedMs: number): ComfortState["software"] {
  const { scheduledInS, available, version } = software;
  if (scheduledInS === undefined) return software;
  const leftS = scheduledInS - elapsedMs / SECOND_MS;
  return leftS > 0 ? { ...software, scheduledInS: leftS } : { version: available ?? version, available: undefined, scheduledInS: undefined };
}

/** As its instruments show it: no more digits than a reader could tell apart, so that what only trembles is no change. */
export function shown(state: ComfortState): ComfortState {
  const { charge, climate, software } = state;
  return {
    ...state,
    charge: {
      ...charge,
      levelPercent: rounded(charge.levelPercent, 2),
      addedKilowattHours: rounded(charge.addedKilowattHours, 2),
      addedMiles: rounded(charge.addedMiles, 1),
      rateMph: rounded(charge.rateMph, 1),
      rangeMiles: rounded(charge.rangeMiles, 1),
    },
    climate: { ...climate, insideCelsius: rounded(climate.insideCelsius, 1) },
    odometerMiles: rounded(state.odometerMiles, 2),
    software: { ...software, scheduledInS: software.scheduledInS === undefined ? undefined : Math.ceil(software.scheduledInS) },
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
