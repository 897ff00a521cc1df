import { FRONT_SEATS, type ComfortOrder, type ComfortState, type DepartureDays, type FrontSeat, type HeatLevel, type OverheatLevel, type Plan, type Seat } from "../../comfort/index.ts";
import type { ChargeScheduleMessage, DepartureTimes, HvacSeatHeaterAction, PreconditionScheduleMessage, TemperatureAdjustment, VehicleAction, VehicleActions } from "../car-server-messages.ts";

type Reader<Name extends keyof VehicleActions> = (action: VehicleActions[Name], comfort: ComfortState | undefined) => ComfortOrder | readonly ComfortOrder[] | undefined;

const KEEPER_MODES: readonly ComfortState["climate"]["keeper"][] = ["off", "on", "dog", "camp"];

/** Most seats that one message may name: more than any car has. */
const SEAT_COUNT_MAX = 16;

const HEAT_LEVELS: Readonly<Partial<Record<keyof HvacSeatHeaterAction, HeatLevel>>> = { levelOff: 0, levelLow: 1, levelMed: 2, levelHigh: 3 };
const SEATS: Readonly<Partial<Record<keyof HvacSeatHeaterAction, Seat>>> = {
  frontLeft: "frontLeft",
  frontRight: "frontRight",
  rearLeft: "rearLeft",
  rearCenter: "rearCenter",
  rearRight: "rearRight",
};

/** By the numbers that name them; 0 names none. */
const OVERHEAT_LEVELS: readonly (OverheatLevel | undefined)[] = [undefined, "low", "medium", "high"];
const COOL_LEVELS: readonly (HeatLevel | undefined)[] = [undefined, 0, 1, 2, 3];

/** The orders behind each action; undefined where it names something that this car has not got. Values are judged where orders are. */
const READERS: { readonly [Name in keyof VehicleActions]?: Reader<Name> } = {
  chargingSetLimitAction: ({ percent = 0 }) => ({ kind: "setChargeLimit", percent }),
  chargingStartStopAction: (action) => {
    if (action.stop !== undefined) return { kind: "stopCharging" };
    return Object.keys(action).length === 0 || action.unknown !== undefined ? undefined : { kind: "startCharging" };
  },
  setChargingAmpsAction: ({ chargingAmps: amps = 0 }) => ({ kind: "setChargingAmps", amps }),
  chargePortDoorOpen: () => ({ kind: "openChargePort" }),
  chargePortDoorClose: () => ({ kind: "closeChargePort" }),
  scheduledChargingAction: ({ enabled, chargingTime = 0 }) => ({ kind: "scheduleCharging", minutesAfterMidnight: enabled === true ? chargingTime : undefined }),
  scheduledDepartureAction: ({ enabled, departureTime: minutesAfterMidnight = 0, preconditioningTimes, offPeakChargingTimes, offPeakHoursEndTime: offPeakUntilMinute = 0 }) => ({
    kind: "scheduleDeparture",
    departure: enabled === true ? { minutesAfterMidnight, precondition: daysOf(preconditioningTimes), offPeak: daysOf(offPeakChargingTimes), offPeakUntilMinute } : undefined,
  }),
  vehicleControlFlashLightsAction: () => ({ kind: "flashLights" }),
  vehicleControlHonkHornAction: () => ({ kind: "honk" }),
  hvacAutoAction: ({ powerOn }) => ({ kind: "climate", on: powerOn === true }),
  hvacTemperatureAdjustmentAction: temperatureOf,
  hvacSetPreconditioningMaxAction: ({ on }) => ({ kind: "defrost", on: on === true }),
  hvacBioweaponModeAction: ({ on }) => ({ kind: "bioweaponDefence", on: on === true }),
  hvacSteeringWheelHeaterAction: ({ powerOn }) => ({ kind: "steeringWheelHeat", on: powerOn === true }),
  hvacSeatHeaterActions: ({ hvacSeatHeaterAction = [] }) => allOf(hvacSeatHeaterAction, seatOf),
  hvacSeatCoolerActions: ({ hvacSeatCoolerAction = [] }) =>
    allOf(hvacSeatCoolerAction, ({ seatCoolerLevel = 0, seatPosition }) => {
      const [level, seat] = [COOL_LEVELS[seatCoolerLevel], frontSeatOf(seatPosition)];
      return level === undefined || seat === undefined ? undefined : { kind: "seatCool", seat, level };
    }),
  autoSeatClimateAction: ({ carseat = [] }) =>
    allOf(carseat, ({ on, seatPosition }) => {
      const seat = frontSeatOf(seatPosition);
      return seat && { kind: "seatAuto", seat, on: on === true };
    }),
  setCopTempAction: ({ copActivationTemp = 0 }) => {
    const level = OVERHEAT_LEVELS[copActivationTemp];
    return level && { kind: "overheatFrom", level };
  },
  hvacClimateKeeperAction: ({ climateKeeperAction = 0 }) => {
    const mode = KEEPER_MODES[climateKeeperAction];
    return mode && { kind: "climateKeeper", mode };
  },
  setCabinOverheatProtectionAction: ({ on, fanOnly }) => ({ kind: "overheatProtection", mode: on !== true ? "off" : fanOnly === true ? "fanOnly" : "on" }),
  vehicleControlWindowAction: (action) => {
    if (action.vent !== undefined) return { kind: "windows", open: true };
    return action.close && { kind: "windows", open: false };
  },
  vehicleControlTriggerHomelinkAction: () => ({ kind: "homelink" }),
  mediaPlayAction: () => ({ kind: "togglePlayback" }),
  mediaUpdateVolume: ({ volumeDelta, volumeAbsoluteFloat }) => {
    if (volumeDelta !== undefined) return { kind: "changeVolume", steps: volumeDelta };
    return volumeAbsoluteFloat === undefined ? undefined : { kind: "setVolume", volume: volumeAbsoluteFloat };
  },
  mediaNextTrack: () => ({ kind: "skipTrack", by: 1 }),
  mediaPreviousTrack: () => ({ kind: "skipTrack", by: -1 }),
  mediaNextFavorite: () => ({ kind: "skipFavourite", by: 1 }),
  mediaPreviousFavorite: () => ({ kind: "skipFavourite", by: -1 }),
  vehicleControlSetSentryModeAction: ({ on }) => ({ kind: "sentry", on: on === true }),
  guestModeAction: ({ on }) => ({ kind: "guestMode", on: on === true }),
  drivingSetSpeedLimitAction: ({ limitMph: mph = 0 }) => ({ kind: "setSpeedLimit", mph }),
  drivingSpeedLimitAction: ({ activate, pin = "" }) => ({ kind: "speedLimit", active: activate === true, pin }),
  drivingClearSpeedLimitPinAction: ({ pin = "" }) => ({ kind: "clearSpeedLimitPin", pin }),
  drivingClearSpeedLimitPinAdminAction: () => ({ kind: "clearSpeedLimitPin", pin: undefined }),
  setVehicleNameAction: ({ vehicleName: name = "" }) => ({ kind: "rename", name }),
  vehicleControlScheduleSoftwareUpdateAction: ({ offsetSec: inS = 0 }) => ({ kind: "scheduleSoftwareUpdate", inS }),
  vehicleControlCancelSoftwareUpdateAction: () => ({ kind: "cancelSoftwareUpdate" }),
  addChargeScheduleAction: (schedule) => ({ kind: "planCharging", plan: { ...planOf(schedule), startMinute: minuteOf(schedule.startEnabled, schedule.startTime), endMinute: minuteOf(schedule.endEnabled, schedule.endTime) } }),
  removeChargeScheduleAction: ({ id = 0 }) => ({ kind: "forgetChargePlan", id }),
  batchRemoveChargeSchedulesAction: ({ home, work, other }) => ({ kind: "forgetChargePlans", of: { home: home === true, work: work === true, other: other === true } }),
  addPreconditionScheduleAction: (schedule) => ({ kind: "planClimate", plan: { ...planOf(schedule), readyMinute: schedule.preconditionTime ?? 0 } }),
  removePreconditionScheduleAction: ({ id = 0 }) => ({ kind: "forgetClimatePlan", id }),
  batchRemovePreconditionSchedulesAction: ({ home, work, other }) => ({ kind: "forgetClimatePlans", of: { home: home === true, work: work === true, other: other === true } }),
  setLowPowerModeAction: ({ on }) => ({ kind: "lowPower", on: on === true }),
  setKeepAccessoryPowerModeAction: ({ on }) => ({ kind: "accessoryPower", on: on === true }),
};

/** What `action`, which has one member at most, has the comfort systems do; undefined: nothing that they know. */
export function ordersOf(action: VehicleAction, comfort: ComfortState | undefined): readonly ComfortOrder[] | undefined {
  for (const name of Object.keys(action) as (keyof VehicleActions)[]) {
    const read = READERS[name] as Reader<keyof VehicleActions> | undefined;
    const orders = read?.(action[name]!, comfort);
    if (orders !== undefined) return Array.isArray(orders) ? (orders as readonly ComfortOrder[]) : [orders as ComfortOrder];
  }
  return undefined;
}

/** Each side's own setting, else one for both, else the difference to what is set now. A float of proto3 that is 0 is one that was not given. */
function temperatureOf(action: TemperatureAdjustment, comfort: ComfortState | undefined): ComfortOrder {
  const given = (own: number | undefined, now: number): number => own || action.absoluteCelsius || now + (action.deltaCelsius ?? 0);
  const { driverCelsius = 0, passengerCelsius = 0 } = comfort?.climate ?? {};
  return {
    kind: "setTemperature",
    driverCelsius: given(action.driverTempCelsius, driverCelsius),
    passengerCelsius: given(action.passengerTempCelsius, passengerCelsius),
  };
}

function seatOf(action: HvacSeatHeaterAction): ComfortOrder | undefined {
  const names = Object.keys(action) as (keyof HvacSeatHeaterAction)[];
  const level = names.map((name) => HEAT_LEVELS[name]).find((found) => found !== undefined);
  const seat = names.map((name) => SEATS[name]).find((found) => found !== undefined);
  return level === undefined || seat === undefined ? undefined : { kind: "seatHeat", seat, level };
}

function frontSeatOf(position = 0): FrontSeat | undefined {
  return FRONT_SEATS[position - 1];
}

/** The orders of all seats that a message names; undefined where one of them is none. */
function allOf<Named>(named: readonly Named[], orderOf: (one: Named) => ComfortOrder | undefined): readonly ComfortOrder[] | undefined {
  if (named.length > SEAT_COUNT_MAX) return undefined;
  const orders = named.map(orderOf);
  return orders.every((order) => order !== undefined) ? orders : undefined;
}

function planOf({ id = 0, name = "", daysOfWeek: days = 0, oneTime, enabled, latitude: latitudeDeg = 0, longitude: longitudeDeg = 0 }: ChargeScheduleMessage | PreconditionScheduleMessage): Plan {
  return { id, name, days, once: oneTime === true, enabled: enabled === true, latitudeDeg, longitudeDeg };
}

function daysOf(times: DepartureTimes = {}): DepartureDays {
  if (times.weekdays !== undefined) return "weekdays";
  return times.allWeek === undefined ? "never" : "daily";
}

function minuteOf(given: boolean | undefined, minute = 0): number | undefined {
  return given === true ? minute : undefined;
}
