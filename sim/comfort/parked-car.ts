import type { ComfortState } from "../../firmware/comfort/index.ts";

/** What the traction battery holds when full. */
export const BATTERY_KILOWATT_HOURS = 75;

/** What a mile takes out of it. */
export const KILOWATT_HOURS_PER_MILE = 0.27;

/** A parked car of ordinary habits, unplugged, everything at rest, as warm inside as it is outside. */
export const PARKED_CAR: ComfortState = {
  charge: {
    charging: "disconnected",
    levelPercent: 62,
    limitPercent: 80,
    requestedAmps: 48,
    maxAmps: 48,
    actualAmps: 0,
    volts: 0,
    kilowatts: 0,
    addedKilowattHours: 0,
    addedMiles: 0,
    rateMph: 0,
    minutesToLimit: 0,
    rangeMiles: (0.62 * BATTERY_KILOWATT_HOURS) / KILOWATT_HOURS_PER_MILE,
    portOpen: false,
    cablePlugged: false,
    cableLatched: false,
    scheduled: undefined,
    plans: [],
  },
  climate: {
    on: false,
    driverCelsius: 21,
    passengerCelsius: 21,
    insideCelsius: 15,
    outsideCelsius: 15,
    fan: 0,
    defrost: false,
    bioweaponDefence: false,
    steeringWheelHeat: false,
    seatHeat: { frontLeft: 0, frontRight: 0, rearLeft: 0, rearCenter: 0, rearRight: 0 },
    seatCool: { frontLeft: 0, frontRight: 0 },
    seatAuto: { frontLeft: false, frontRight: false },
    keeper: "off",
    overheatProtection: "off",
    overheatFrom: "high",
    departure: undefined,
    plans: [],
  },
  windowsOpen: false,
  sentry: false,
  guestMode: false,
  lowPower: false,
  accessoryPower: false,
  speedLimit: { active: false, limitMph: 85, pinSet: false },
  media: { playing: false, volume: 4, track: 0, favourite: 0 },
  software: { version: "2026.8.3", available: "2026.14.1", scheduledInS: undefined },
  tyres: { frontLeft: 2.9, frontRight: 2.9, rearLeft: 2.85, rearRight: 2.85 },
  name: "virtual car",
  odometerMiles: 12_345.6,
  shift: "park",
  speedMph: 0,
  flashes: 0,
  honks: 0,
};
