import { utf8Encode } from "../base/index.ts";
import type { Action } from "../wire/index.ts";
import type { ChargePlan, ClimatePlan, ComfortState, Departure, FrontSeat, HeatLevel, OverheatLevel, Plan, Seat } from "./state.ts";

/** Plans of each kind that a car keeps, and the longest name of one in bytes: a reply brings all of them. */
export const PLAN_COUNT_MAX = 6;
export const PLAN_NAME_BYTES_MAX = 16;

/** Plans by where they apply. A car that was told neither home nor work has plans for other places alone. */
export interface PlanPlaces {
  readonly home: boolean;
  readonly work: boolean;
  readonly other: boolean;
}

/** Orders with a PIN that only the comfort systems know: these answer each of them, whether it was right. */
export const PIN_ORDERS = ["speedLimit", "clearSpeedLimitPin"] as const satisfies readonly ComfortOrderKind[];
export type PinOrder = Extract<ComfortOrder, { readonly kind: (typeof PIN_ORDERS)[number] }>;

/** What an enrolled key may have the comfort systems do. PINs are secrets: never to be logged. */
export type ComfortOrder =
  | { readonly kind: "setChargeLimit"; readonly percent: number }
  | { readonly kind: "startCharging" }
  | { readonly kind: "stopCharging" }
  | { readonly kind: "setChargingAmps"; readonly amps: number }
  | { readonly kind: "openChargePort" }
  | { readonly kind: "closeChargePort" }
  | { readonly kind: "scheduleCharging"; readonly minutesAfterMidnight: number | undefined }
  | { readonly kind: "scheduleDeparture"; readonly departure: Departure | undefined }
  | { readonly kind: "planCharging"; readonly plan: ChargePlan }
  | { readonly kind: "forgetChargePlan"; readonly id: number }
  | { readonly kind: "forgetChargePlans"; readonly of: PlanPlaces }
  | { readonly kind: "planClimate"; readonly plan: ClimatePlan }
  | { readonly kind: "forgetClimatePlan"; readonly id: number }
  | { readonly kind: "forgetClimatePlans"; readonly of: PlanPlaces }
  | { readonly kind: "flashLights" }
  | { readonly kind: "honk" }
  | { readonly kind: "climate"; readonly on: boolean }
  | { readonly kind: "setTemperature"; readonly driverCelsius: number; readonly passengerCelsius: number }
  | { readonly kind: "defrost"; readonly on: boolean }
  | { readonly kind: "bioweaponDefence"; readonly on: boolean }
  | { readonly kind: "steeringWheelHeat"; readonly on: boolean }
  | { readonly kind: "seatHeat"; readonly seat: Seat; readonly level: HeatLevel }
  | { readonly kind: "seatCool"; readonly seat: FrontSeat; readonly level: HeatLevel }
  | { readonly kind: "seatAuto"; readonly seat: FrontSeat; readonly on: boolean }
  | { readonly kind: "climateKeeper"; readonly mode: ComfortState["climate"]["keeper"] }
  | { readonly kind: "overheatProtection"; readonly mode: ComfortState["climate"]["overheatProtection"] }
  | { readonly kind: "overheatFrom"; readonly level: OverheatLevel }
  | { readonly kind: "windows"; readonly open: boolean }
  | { readonly kind: "homelink" }
  | { readonly kind: "togglePlayback" }
  | { readonly kind: "setVolume"; readonly volume: number }
  | { readonly kind: "changeVolume"; readonly steps: number }
  | { readonly kind: "skipTrack"; readonly by: 1 | -1 }
  | { readonly kind: "skipFavourite"; readonly by: 1 | -1 }
  | { readonly kind: "sentry"; readonly on: boolean }
  | { readonly kind: "guestMode"; readonly on: boolean }
  | { readonly kind: "setSpeedLimit"; readonly mph: number }
  | { readonly kind: "speedLimit"; readonly active: boolean; readonly pin: string }
  | { readonly kind: "clearSpeedLimitPin"; readonly pin: string | undefined }
  | { readonly kind: "rename"; readonly name: string }
  | { readonly kind: "scheduleSoftwareUpdate"; readonly inS: number }
  | { readonly kind: "cancelSoftwareUpdate" }
  | { readonly kind: "lowPower"; readonly on: boolean }
  | { readonly kind: "accessoryPower"; readonly on: boolean };

export type ComfortOrderKind = ComfortOrder["kind"];

/** Which right each order needs. */
export const COMFORT_RIGHT: Readonly<Record<ComfortOrderKind, Extract<Action, "charge" | "comfort" | "guard">>> = {
  setChargeLimit: "charge",
  startCharging: "charge",
  stopCharging: "charge",
  setChargingAmps: "charge",
  openChargePort: "comfort",
  closeChargePort: "comfort",
  scheduleCharging: "charge",
  scheduleDeparture: "comfort",
  planCharging: "charge",
  forgetChargePlan: "charge",
  forgetChargePlans: "charge",
  planClimate: "comfort",
  forgetClimatePlan: "comfort",
  forgetClimatePlans: "comfort",
  flashLights: "comfort",
  honk: "comfort",
  climate: "comfort",
  setTemperature: "comfort",
  defrost: "comfort",
  bioweaponDefence: "comfort",
  steeringWheelHeat: "comfort",
  seatHeat: "comfort",
  seatCool: "comfort",
  seatAuto: "comfort",
  climateKeeper: "comfort",
  overheatProtection: "comfort",
  overheatFrom: "comfort",
  windows: "comfort",
  homelink: "comfort",
  togglePlayback: "comfort",
  setVolume: "comfort",
  changeVolume: "comfort",
  skipTrack: "comfort",
  skipFavourite: "comfort",
  sentry: "comfort",
  guestMode: "guard",
  setSpeedLimit: "guard",
  speedLimit: "guard",
  clearSpeedLimitPin: "guard",
  rename: "guard",
  scheduleSoftwareUpdate: "guard",
  cancelSoftwareUpdate: "guard",
  lowPower: "comfort",
  accessoryPower: "comfort",
};

const inRange = (value: number, min: number, max: number): boolean => Number.isFinite(value) && value >= min && value <= max;
const isPin = (pin: string): boolean => /^[0-9]{4}$/.test(pin);
const isMinute = (minutes: number | undefined): boolean => minutes === undefined || (Number.isInteger(minutes) && inRange(minutes, 0, 24 * 60 - 1));

/** Why `order` is not done, in the few words that cars give; undefined where it is. A PIN is compared by whoever keeps it. */
export function refusalOf(state: ComfortState, order: ComfortOrder): string | undefined {
  const { charge } = state;
  switch (order.kind) {
    case "setChargeLimit":
      return inRange(order.percent, 50, 100) ? undefined : "invalid_percent";
    case "startCharging":
      if (charge.charging === "disconnected") return "disconnected";
      if (charge.charging === "charging") return "is_charging";
      return charge.levelPercent >= charge.limitPercent ? "complete" : undefined;
    case "stopCharging":
      return charge.charging === "charging" ? undefined : "not_charging";
    case "setChargingAmps":
      return Number.isInteger(order.amps) && inRange(order.amps, 0, charge.maxAmps) ? undefined : "invalid_amps";
    case "closeChargePort":
      if (!charge.portOpen) return "already closed";
      return charge.cablePlugged ? "cable connected" : undefined;
    case "scheduleCharging":
      return isMinute(order.minutesAfterMidnight) ? undefined : "invalid_time";
    case "scheduleDeparture":
      return isMinute(order.departure?.minutesAfterMidnight) && isMinute(order.departure?.offPeakUntilMinute) ? undefined : "invalid_time";
    case "planCharging": {
      const { startMinute, endMinute } = order.plan;
      if ((startMinute === undefined && endMinute === undefined) || !isMinute(startMinute) || !isMinute(endMinute)) return "invalid_time";
      return refusalOfPlan(charge.plans, order.plan);
    }
    case "planClimate":
      return isMinute(order.plan.readyMinute) ? refusalOfPlan(state.climate.plans, order.plan) : "invalid_time";
    case "forgetChargePlan":
      return charge.plans.some(({ id }) => id === order.id) ? undefined : "not_found";
    case "forgetClimatePlan":
      return state.climate.plans.some(({ id }) => id === order.id) ? undefined : "not_found";
    case "setTemperature":
      return inRange(order.driverCelsius, 15, 28) && inRange(order.passengerCelsius, 15, 28) ? undefined : "invalid_temperature";
    case "setVolume":
      return inRange(order.volume, 0, 11) ? undefined : "invalid_volume";
    case "setSpeedLimit":
      return inRange(order.mph, 50, 120) ? undefined : "invalid_speed";
    case "speedLimit":
      if (!isPin(order.pin)) return "invalid_pin";
      return state.speedLimit.active === order.active ? (order.active ? "already on" : "already off") : undefined;
    case "clearSpeedLimitPin":
      if (state.speedLimit.active) return "speed limit active";
      return order.pin === undefined || isPin(order.pin) ? undefined : "invalid_pin";
    case "rename":
      return order.name.length >= 1 && order.name.length <= 32 && !/\p{Cc}/u.test(order.name) ? undefined : "invalid_name";
    case "scheduleSoftwareUpdate":
      if (state.software.available === undefined) return "no_update";
      return inRange(order.inS, 0, 7 * 86_400) ? undefined : "invalid_time";
    case "cancelSoftwareUpdate":
      return state.software.scheduledInS === undefined ? "not_scheduled" : undefined;
    case "windows":
      return state.speedMph > 0 ? "moving" : undefined;
    default:
      return undefined;
  }
}

/** A plan that is new takes a place; one with the id of another takes the other's. */
function refusalOfPlan(plans: readonly Plan[], { id, name, days, latitudeDeg, longitudeDeg }: Plan): string | undefined {
  if (!Number.isSafeInteger(id)) return "invalid_id";
  if (!Number.isInteger(days) || !inRange(days, 1, 127)) return "invalid_days";
  if (utf8Encode(name).length > PLAN_NAME_BYTES_MAX || /\p{Cc}/u.test(name)) return "invalid_name";
  if (!inRange(latitudeDeg, -90, 90) || !inRange(longitudeDeg, -180, 180)) return "invalid_location";
  return plans.length >= PLAN_COUNT_MAX && plans.every((other) => other.id !== id) ? "too_many_schedules" : undefined;
}
