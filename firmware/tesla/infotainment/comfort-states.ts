import { PLAN_COUNT_MAX, type ComfortState, type Departure, type DepartureDays } from "../../comfort/index.ts";
import type {
  ChargeScheduleStateMessage,
  ChargeStateMessage,
  ClimateStateMessage,
  ClosuresStateMessage,
  DepartureTimes,
  DriveStateMessage,
  MediaStateMessage,
  PreconditioningScheduleStateMessage,
  SoftwareUpdateStateMessage,
  TirePressureStateMessage,
} from "../car-server-messages.ts";

/** What clients offer of a charge limit, in percent. */
const LIMIT = { std: 80, min: 50, max: 100 } as const;
const TEMPERATURE_CELSIUS = { min: 15, max: 28 } as const;
const SPEED_LIMIT_MPH = { min: 50, max: 120 } as const;
const VOLUME = { step: 1, max: 11 } as const;

/** What the sticker in the door asks for, in bar. */
const RECOMMENDED_BAR = 2.9;

/** `ScheduledChargingMode`. */
const SCHEDULED = { off: 0, startAt: 1, departBy: 2 } as const;
/** `CabinOverheatProtection_E`, `HvacAutoRequest`, `MediaPlaybackStatus`, `MediaSourceType`. */
const OVERHEAT = { off: 0, on: 1, fanOnly: 2 } as const;
/** `CopActivationTemp`, `StwHeatLevel`. */
const OVERHEAT_FROM = { low: 1, medium: 2, high: 3 } as const;
const WHEEL_HEAT = { off: 1, high: 3 } as const;
const HVAC_AUTO = { on: 0, override: 1 } as const;
const PLAYBACK = { playing: 1, paused: 2 } as const;
const SOURCE_MEDIA_FILE = 16;

/** A car's own numbers are fractions; these fields are whole. */
const whole = Math.round;

export function chargeState({ charge, climate }: ComfortState): ChargeStateMessage {
  const { scheduled } = charge;
  const { departure } = climate;
  const waits = charge.cablePlugged && charge.charging === "stopped";
  return {
    chargingState: { [charge.charging]: {} },
    connChargeCable: charge.cablePlugged ? { iec: {} } : { sna: {} },
    chargePortLatch: charge.cableLatched ? { engaged: {} } : { disengaged: {} },
    chargeLimitSoc: whole(charge.limitPercent),
    chargeLimitSocStd: LIMIT.std,
    chargeLimitSocMin: LIMIT.min,
    chargeLimitSocMax: LIMIT.max,
    batteryRange: charge.rangeMiles,
    estBatteryRange: charge.rangeMiles,
    idealBatteryRange: charge.rangeMiles,
    batteryLevel: whole(charge.levelPercent),
    usableBatteryLevel: whole(charge.levelPercent),
    chargeEnergyAdded: charge.addedKilowattHours,
    chargeMilesAddedRated: charge.addedMiles,
    chargeMilesAddedIdeal: charge.addedMiles,
    chargerVoltage: whole(charge.volts),
    chargerPilotCurrent: charge.cablePlugged ? whole(charge.maxAmps) : 0,
    chargerActualCurrent: whole(charge.actualAmps),
    chargerPower: whole(charge.kilowatts),
    minutesToFullCharge: whole(charge.minutesToLimit),
    minutesToChargeLimit: whole(charge.minutesToLimit),
    chargeRateMph: whole(charge.rateMph),
    chargeRateMphFloat: charge.rateMph,
    // Of the kind of charger that a wall box is.
    ...(charge.volts > 0 && { chargerPhases: 1 }),
    chargeEnableRequest: charge.charging === "charging",
    scheduledChargingPending: waits && (scheduled !== undefined || charge.plans.some(({ enabled }) => enabled)),
    chargePortDoorOpen: charge.portOpen,
    chargeCurrentRequest: whole(charge.requestedAmps),
    chargeCurrentRequestMax: whole(charge.maxAmps),
    chargingAmps: whole(charge.requestedAmps),
    scheduledChargingMode: scheduled !== undefined ? SCHEDULED.startAt : departure !== undefined ? SCHEDULED.departBy : SCHEDULED.off,
    ...(scheduled && { scheduledChargingStartTimeMinutes: scheduled.minutesAfterMidnight }),
    ...(departure && departureState(departure)),
  };
}

function departureState({ minutesAfterMidnight, precondition, offPeak, offPeakUntilMinute }: Departure): ChargeStateMessage {
  return {
    scheduledDepartureTimeMinutes: minutesAfterMidnight,
    preconditioningEnabled: precondition !== "never",
    ...(precondition !== "never" && { preconditioningTimes: timesOf(precondition) }),
    ...(offPeak !== "never" && { offPeakChargingTimes: timesOf(offPeak), offPeakHoursEndTime: offPeakUntilMinute }),
  };
}

function timesOf(days: DepartureDays): DepartureTimes {
  return days === "weekdays" ? { weekdays: {} } : { allWeek: {} };
}

export function climateState({ climate }: ComfortState): ClimateStateMessage {
  const { seatHeat, seatCool, seatAuto } = climate;
  return {
    climateKeeperMode: climate.keeper === "camp" ? { party: {} } : { [climate.keeper]: {} },
    defrostMode: climate.defrost ? { max: {} } : { off: {} },
    insideTempCelsius: climate.insideCelsius,
    outsideTempCelsius: climate.outsideCelsius,
    driverTempSetting: climate.driverCelsius,
    passengerTempSetting: climate.passengerCelsius,
    isFrontDefrosterOn: climate.defrost,
    isRearDefrosterOn: climate.defrost,
    fanStatus: climate.fan,
    isClimateOn: climate.on,
    minAvailTempCelsius: TEMPERATURE_CELSIUS.min,
    maxAvailTempCelsius: TEMPERATURE_CELSIUS.max,
    seatHeaterLeft: seatHeat.frontLeft,
    seatHeaterRight: seatHeat.frontRight,
    seatHeaterRearLeft: seatHeat.rearLeft,
    seatHeaterRearRight: seatHeat.rearRight,
    seatHeaterRearCenter: seatHeat.rearCenter,
    seatFanFrontLeft: seatCool.frontLeft,
    seatFanFrontRight: seatCool.frontRight,
    autoSeatClimateLeft: seatAuto.frontLeft,
    autoSeatClimateRight: seatAuto.frontRight,
    steeringWheelHeater: climate.steeringWheelHeat,
    steeringWheelHeatLevel: climate.steeringWheelHeat ? WHEEL_HEAT.high : WHEEL_HEAT.off,
    // Climate that is on in a car like this was asked for ahead of a drive.
    isPreconditioning: climate.on,
    isAutoConditioningOn: climate.on,
    bioweaponModeOn: climate.bioweaponDefence,
    allowCabinOverheatProtection: true,
    supportsFanOnlyCabinOverheatProtection: true,
    copActivationTemperature: OVERHEAT_FROM[climate.overheatFrom],
    cabinOverheatProtection: OVERHEAT[climate.overheatProtection],
    hvacAutoRequest: climate.on ? HVAC_AUTO.on : HVAC_AUTO.override,
  };
}

export function chargeSchedules({ charge }: ComfortState): ChargeScheduleStateMessage {
  const chargeSchedules = charge.plans.map(({ id, name, days, startMinute, endMinute, once, enabled, latitudeDeg, longitudeDeg }) => ({
    id,
    ...(name !== "" && { name }),
    daysOfWeek: days,
    ...(startMinute !== undefined && { startEnabled: true, startTime: startMinute }),
    ...(endMinute !== undefined && { endEnabled: true, endTime: endMinute }),
    ...(once && { oneTime: true }),
    ...(enabled && { enabled: true }),
    latitude: latitudeDeg,
    longitude: longitudeDeg,
  }));
  return { chargeSchedules, maxNumChargeSchedules: PLAN_COUNT_MAX };
}

export function preconditionSchedules({ climate }: ComfortState): PreconditioningScheduleStateMessage {
  const preconditionSchedules = climate.plans.map(({ id, name, days, readyMinute, once, enabled, latitudeDeg, longitudeDeg }) => ({
    id,
    ...(name !== "" && { name }),
    daysOfWeek: days,
    preconditionTime: readyMinute,
    ...(once && { oneTime: true }),
    ...(enabled && { enabled: true }),
    latitude: latitudeDeg,
    longitude: longitudeDeg,
  }));
  return { preconditionSchedules, maxNumPreconditionSchedules: PLAN_COUNT_MAX };
}

export function driveState({ charge, shift, speedMph, odometerMiles }: ComfortState): DriveStateMessage {
  return {
    shiftState: shift === "park" ? { p: {} } : { d: {} },
    speed: whole(speedMph),
    speedFloat: speedMph,
    power: -whole(charge.kilowatts),
    odometerInHundredthsOfAMile: whole(odometerMiles * 100),
  };
}

/** Windows, sentry mode and speed limit, which clients read together with the doors. */
export function comfortClosures({ windowsOpen, sentry, speedLimit }: ComfortState): ClosuresStateMessage {
  return {
    windowOpenDriverFront: windowsOpen,
    windowOpenPassengerFront: windowsOpen,
    windowOpenDriverRear: windowsOpen,
    windowOpenPassengerRear: windowsOpen,
    sentryModeState: sentry ? { armed: {} } : { off: {} },
    sentryModeAvailable: true,
    speedLimitMode: {
      active: speedLimit.active,
      pinCodeSet: speedLimit.pinSet,
      maxLimitMph: SPEED_LIMIT_MPH.max,
      minLimitMph: SPEED_LIMIT_MPH.min,
      currentLimitMph: speedLimit.limitMph,
    },
  };
}

export function tyreState({ tyres }: ComfortState): TirePressureStateMessage {
  return {
    tpmsPressureFl: tyres.frontLeft,
    tpmsPressureFr: tyres.frontRight,
    tpmsPressureRl: tyres.rearLeft,
    tpmsPressureRr: tyres.rearRight,
    tpmsRcpFrontValue: RECOMMENDED_BAR,
    tpmsRcpRearValue: RECOMMENDED_BAR,
  };
}

export function mediaState({ media }: ComfortState): MediaStateMessage {
  return {
    remoteControlEnabled: true,
    nowPlayingArtist: `Favourite ${media.favourite}`,
    nowPlayingTitle: `Track ${media.track}`,
    audioVolume: media.volume,
    audioVolumeIncrement: VOLUME.step,
    audioVolumeMax: VOLUME.max,
    nowPlayingSource: SOURCE_MEDIA_FILE,
    mediaPlaybackStatus: media.playing ? PLAYBACK.playing : PLAYBACK.paused,
  };
}

export function mediaDetail({ media }: ComfortState): { readonly nowPlayingSourceString: string } {
  return { nowPlayingSourceString: `Favourite ${media.favourite}` };
}

export function softwareState({ software }: ComfortState, nowS: number | undefined): SoftwareUpdateStateMessage {
  const { version, available, scheduledInS } = software;
  if (available === undefined) return { version };
  if (scheduledInS === undefined) return { version: available, status: { available: {} }, downloadPerc: 100 };
  return {
    version: available,
    status: { scheduled: {} },
    downloadPerc: 100,
    ...(nowS !== undefined && { scheduledTimeMs: Math.floor(nowS + scheduledInS) * 1000 }),
  };
}
