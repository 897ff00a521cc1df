import { planned } from "./plans.ts";
import type { ChargeState, ClimateState, ComfortOrder, ComfortState, MediaState, PinOrder } from "../../firmware/comfort/index.ts";

/** Orders of which the outcome does not hang on a PIN. */
export type OpenOrder = Exclude<ComfortOrder, PinOrder>;

const VOLUME_MAX = 11;
/** How much louder one press of the button is. */
const VOLUME_STEP = 1 / 3;
const TRACK_COUNT = 12;
const FAVOURITE_COUNT = 5;

/** The state after an order that was not refused (`refusalOf` in firmware/comfort). */
export function ordered(state: ComfortState, order: OpenOrder): ComfortState {
  const charge = (changes: Partial<ChargeState>): ComfortState => ({ ...state, charge: { ...state.charge, ...changes } });
  const climate = (changes: Partial<ClimateState>): ComfortState => ({ ...state, climate: { ...state.climate, ...changes } });
  const media = (changes: Partial<MediaState>): ComfortState => ({ ...state, media: { ...state.media, ...changes } });
  switch (order.kind) {
    case "setChargeLimit":
      return withLimit(state, order.percent);
    case "startCharging":
      return charge({ charging: "charging", cableLatched: true });
    case "stopCharging":
      return charge({ charging: "stopped" });
    case "setChargingAmps":
      return charge({ requestedAmps: order.amps });
    case "openChargePort":
      return withPortOpen(state);
    case "closeChargePort":
      return charge({ portOpen: false });
    case "scheduleCharging":
      return charge({ scheduled: scheduleOf(order.minutesAfterMidnight) });
    case "scheduleDeparture":
      return climate({ departure: order.departure });
    case "planCharging":
      return charge({ plans: planned(state.charge.plans, order.plan) });
    case "forgetChargePlan":
      return charge({ plans: state.charge.plans.filter(({ id }) => id !== order.id) });
    case "forgetChargePlans":
      return order.of.other ? charge({ plans: [] }) : state;
    case "planClimate":
      return climate({ plans: planned(state.climate.plans, order.plan) });
    case "forgetClimatePlan":
      return climate({ plans: state.climate.plans.filter(({ id }) => id !== order.id) });
    case "forgetClimatePlans":
      return order.of.other ? climate({ plans: [] }) : state;
    case "flashLights":
      return { ...state, flashes: state.flashes + 1 };
    case "honk":
      return { ...state, honks: state.honks + 1 };
    case "climate":
      return climate(order.on ? { on: true } : CLIMATE_OFF);
    case "setTemperature":
      return climate({ driverCelsius: order.driverCelsius, passengerCelsius: order.passengerCelsius });
    case "defrost":
      return climate({ defrost: order.on, ...(order.on && { on: true }) });
    case "bioweaponDefence":
      return climate({ bioweaponDefence: order.on, ...(order.on && { on: true }) });
    case "steeringWheelHeat":
      return climate({ steeringWheelHeat: order.on });
    case "seatHeat":
      return climate({ seatHeat: { ...state.climate.seatHeat, [order.seat]: order.level } });
    case "seatCool":
      return climate({ seatCool: { ...state.climate.seatCool, [order.seat]: order.level } });
    case "seatAuto":
      return climate({ seatAuto: { ...state.climate.seatAuto, [order.seat]: order.on } });
    case "climateKeeper":
      return climate({ keeper: order.mode, ...(order.mode !== "off" && { on: true }) });
    case "overheatProtection":
      return climate({ overheatProtection: order.mode });
    case "overheatFrom":
      return climate({ overheatFrom: order.level });
    case "windows":
      return { ...state, windowsOpen: order.open };
    case "homelink":
      // The gate that hears it is none of the car's systems.
      return state;
    case "togglePlayback":
      return media({ playing: !state.media.playing });
    case "setVolume":
      return media({ volume: order.volume });
    case "changeVolume":
      return media({ volume: Math.min(VOLUME_MAX, Math.max(0, Number((state.media.volume + order.steps * VOLUME_STEP).toFixed(2)))) });
    case "skipTrack":
      return media({ track: (state.media.track + order.by + TRACK_COUNT) % TRACK_COUNT });
    case "skipFavourite":
      return media({ favourite: (state.media.favourite + order.by + FAVOURITE_COUNT) % FAVOURITE_COUNT });
    case "sentry":
      return { ...state, sentry: order.on };
    case "guestMode":
      return { ...state, guestMode: order.on };
    case "setSpeedLimit":
      return { ...state, speedLimit: { ...state.speedLimit, limitMph: order.mph } };
    case "rename":
      return { ...state, name: order.name };
    case "scheduleSoftwareUpdate":
      return { ...state, software: { ...state.software, scheduledInS: order.inS } };
    case "cancelSoftwareUpdate":
      return { ...state, software: { ...state.software, scheduledInS: undefined } };
    case "lowPower":
      return { ...state, lowPower: order.on };
    case "accessoryPower":
      return { ...state, accessoryPower: order.on };
  }
}

/** Climate off ends what only runs with it. */
export const CLIMATE_OFF = { on: false, defrost: false, bioweaponDefence: false, keeper: "off" } as const satisfies Partial<ClimateState>;

function scheduleOf(minutesAfterMidnight: number | undefined): ChargeState["scheduled"] {
  return minutesAfterMidnight === undefined ? undefined : { minutesAfterMidnight };
}

/** A socket that holds a cable lets go of it, which ends the charge. */
function withPortOpen(state: ComfortState): ComfortState {
  const { charge } = state;
  return { ...state, charge: { ...charge, portOpen: true, cableLatched: false, charging: charge.charging === "charging" ? "stopped" : charge.charging } };
}

/** A charge that the old limit had ended goes on to a higher one. */
function withLimit(state: ComfortState, limitPercent: number): ComfortState {
  const { charge } = state;
  const resumes = charge.charging === "complete" && charge.levelPercent < limitPercent;
  return { ...state, charge: { ...charge, limitPercent, ...(resumes && { charging: "charging" }) } };
}
