/** The messages of the infotainment domain as plain objects, like those in messages.ts. */

/** One choice out of several: the member that is there. */
export type Choice<Names extends string> = { readonly [Name in Names]?: Empty };
export type Empty = Readonly<Record<string, never>>;

export interface Timestamp {
  readonly seconds?: number;
  readonly nanos?: number;
}

export interface Action {
  readonly vehicleAction?: VehicleAction;
}

interface Switch {
  readonly on?: boolean;
}

interface Power {
  readonly powerOn?: boolean;
}

interface SwitchWithPassword extends Switch {
  /** A PIN: secret. */
  readonly password?: string;
}

export type GetVehicleData = Choice<
  | "getChargeState"
  | "getClimateState"
  | "getDriveState"
  | "getLocationState"
  | "getClosuresState"
  | "getChargeScheduleState"
  | "getPreconditioningScheduleState"
  | "getTirePressureState"
  | "getMediaState"
  | "getMediaDetailState"
  | "getSoftwareUpdateState"
  | "getParentalControlsState"
>;

export type SeatPosition =
  | "seatUnknown"
  | "frontLeft"
  | "frontRight"
  | "rearLeft"
  | "rearLeftBack"
  | "rearCenter"
  | "rearRight"
  | "rearRightBack"
  | "thirdRowLeft"
  | "thirdRowRight";
export type HvacSeatHeaterAction = Choice<"levelUnknown" | "levelOff" | "levelLow" | "levelMed" | "levelHigh" | SeatPosition>;

/** A plan to charge, as it is asked for and as it is read. Times are minutes after midnight; `daysOfWeek` has a bit for each day, 1 for Sunday. */
export interface ChargeScheduleMessage {
  readonly id?: number;
  readonly name?: string;
  readonly daysOfWeek?: number;
  readonly startEnabled?: boolean;
  readonly startTime?: number;
  readonly endEnabled?: boolean;
  readonly endTime?: number;
  readonly oneTime?: boolean;
  readonly enabled?: boolean;
  readonly latitude?: number;
  readonly longitude?: number;
}

export interface PreconditionScheduleMessage {
  readonly id?: number;
  readonly name?: string;
  readonly daysOfWeek?: number;
  readonly preconditionTime?: number;
  readonly oneTime?: boolean;
  readonly enabled?: boolean;
  readonly latitude?: number;
  readonly longitude?: number;
}

export type DepartureTimes = Choice<"allWeek" | "weekdays">;

interface SchedulesOf {
  readonly home?: boolean;
  readonly work?: boolean;
  readonly other?: boolean;
}

export interface TemperatureAdjustment {
  readonly deltaCelsius?: number;
  readonly absoluteCelsius?: number;
  readonly driverTempCelsius?: number;
  readonly passengerTempCelsius?: number;
}

export interface Ping {
  readonly pingId?: number;
  readonly localTimestamp?: Timestamp;
  readonly lastRemoteTimestamp?: Timestamp;
}

/** Each member by itself; a message has one of them. */
export interface VehicleActions {
  readonly getVehicleData: GetVehicleData;
  readonly chargingSetLimitAction: { readonly percent?: number };
  readonly chargingStartStopAction: Choice<"unknown" | "start" | "startStandard" | "startMaxRange" | "stop">;
  readonly drivingClearSpeedLimitPinAction: { readonly pin?: string };
  readonly drivingSetSpeedLimitAction: { readonly limitMph?: number };
  readonly drivingSpeedLimitAction: { readonly activate?: boolean; readonly pin?: string };
  readonly hvacAutoAction: Power;
  readonly hvacSetPreconditioningMaxAction: Switch;
  readonly hvacSteeringWheelHeaterAction: Power;
  readonly hvacTemperatureAdjustmentAction: TemperatureAdjustment;
  readonly mediaPlayAction: Empty;
  readonly mediaUpdateVolume: { readonly volumeDelta?: number; readonly volumeAbsoluteFloat?: number };
  readonly mediaNextFavorite: Empty;
  readonly mediaPreviousFavorite: Empty;
  readonly mediaNextTrack: Empty;
  readonly mediaPreviousTrack: Empty;
  readonly vehicleControlCancelSoftwareUpdateAction: Empty;
  readonly vehicleControlFlashLightsAction: Empty;
  readonly vehicleControlHonkHornAction: Empty;
  readonly vehicleControlResetValetPinAction: Empty;
  readonly vehicleControlScheduleSoftwareUpdateAction: { readonly offsetSec?: number };
  readonly vehicleControlSetSentryModeAction: Switch;
  readonly vehicleControlSetValetModeAction: SwitchWithPassword;
  readonly vehicleControlTriggerHomelinkAction: { readonly location?: { readonly latitude?: number; readonly longitude?: number } };
  readonly vehicleControlWindowAction: Choice<"unknown" | "vent" | "close">;
  readonly hvacBioweaponModeAction: Switch;
  readonly hvacSeatHeaterActions: { readonly hvacSeatHeaterAction?: readonly HvacSeatHeaterAction[] };
  readonly scheduledChargingAction: { readonly enabled?: boolean; readonly chargingTime?: number };
  readonly scheduledDepartureAction: {
    readonly enabled?: boolean;
    readonly departureTime?: number;
    readonly preconditioningTimes?: DepartureTimes;
    readonly offPeakChargingTimes?: DepartureTimes;
    readonly offPeakHoursEndTime?: number;
  };
  readonly setChargingAmpsAction: { readonly chargingAmps?: number };
  readonly hvacClimateKeeperAction: { readonly climateKeeperAction?: number };
  readonly ping: Ping;
  readonly autoSeatClimateAction: { readonly carseat?: readonly (Switch & { readonly seatPosition?: number })[] };
  readonly hvacSeatCoolerActions: { readonly hvacSeatCoolerAction?: readonly { readonly seatCoolerLevel?: number; readonly seatPosition?: number }[] };
  readonly setCabinOverheatProtectionAction: Switch & { readonly fanOnly?: boolean };
  readonly setVehicleNameAction: { readonly vehicleName?: string };
  readonly chargePortDoorClose: Empty;
  readonly chargePortDoorOpen: Empty;
  readonly guestModeAction: Switch;
  readonly setCopTempAction: { readonly copActivationTemp?: number };
  readonly vehicleControlSetPinToDriveAction: SwitchWithPassword;
  readonly vehicleControlResetPinToDriveAction: Empty;
  readonly drivingClearSpeedLimitPinAdminAction: Empty;
  readonly vehicleControlResetPinToDriveAdminAction: Empty;
  readonly addChargeScheduleAction: ChargeScheduleMessage;
  readonly removeChargeScheduleAction: { readonly id?: number };
  readonly addPreconditionScheduleAction: PreconditionScheduleMessage;
  readonly removePreconditionScheduleAction: { readonly id?: number };
  readonly batchRemovePreconditionSchedulesAction: SchedulesOf;
  readonly batchRemoveChargeSchedulesAction: SchedulesOf;
  readonly setLowPowerModeAction: Switch;
  readonly setKeepAccessoryPowerModeAction: Switch;
}
export type VehicleAction = Partial<VehicleActions>;

export interface Response {
  readonly actionStatus?: { readonly result?: number; readonly resultReason?: { readonly plainText?: string } };
  readonly vehicleData?: VehicleDataMessage;
  readonly ping?: Ping;
}

/** At most one of the states over Bluetooth. */
export interface VehicleDataMessage {
  readonly chargeState?: ChargeStateMessage;
  readonly climateState?: ClimateStateMessage;
  readonly driveState?: DriveStateMessage;
  readonly locationState?: LocationStateMessage;
  readonly closuresState?: ClosuresStateMessage;
  readonly chargeScheduleState?: ChargeScheduleStateMessage;
  readonly preconditioningScheduleState?: PreconditioningScheduleStateMessage;
  readonly tirePressureState?: TirePressureStateMessage;
  readonly mediaState?: MediaStateMessage;
  readonly mediaDetailState?: Dated & { readonly nowPlayingSourceString?: string };
  readonly softwareUpdateState?: SoftwareUpdateStateMessage;
  readonly parentalControlsState?: Dated & { readonly parentalControlsActive?: boolean; readonly parentalControlsPinSet?: boolean };
}

interface Dated {
  readonly timestamp?: Timestamp;
}

export interface ChargeStateMessage extends Dated {
  readonly chargingState?: Choice<"unknown" | "disconnected" | "noPower" | "starting" | "charging" | "complete" | "stopped" | "calibrating">;
  readonly connChargeCable?: Choice<"sna" | "iec" | "sae" | "gbAc" | "gbDc">;
  readonly chargePortLatch?: Choice<"sna" | "disengaged" | "engaged" | "blocking">;
  readonly chargeLimitSoc?: number;
  readonly chargeLimitSocStd?: number;
  readonly chargeLimitSocMin?: number;
  readonly chargeLimitSocMax?: number;
  readonly batteryRange?: number;
  readonly estBatteryRange?: number;
  readonly idealBatteryRange?: number;
  readonly batteryLevel?: number;
  readonly usableBatteryLevel?: number;
  readonly chargeEnergyAdded?: number;
  readonly chargeMilesAddedRated?: number;
  readonly chargeMilesAddedIdeal?: number;
  readonly chargerVoltage?: number;
  readonly chargerPilotCurrent?: number;
  readonly chargerActualCurrent?: number;
  readonly chargerPower?: number;
  readonly minutesToFullCharge?: number;
  readonly chargeRateMph?: number;
  readonly chargePortDoorOpen?: boolean;
  readonly scheduledChargingPending?: boolean;
  readonly chargeEnableRequest?: boolean;
  readonly chargerPhases?: number;
  readonly chargeCurrentRequest?: number;
  readonly chargeCurrentRequestMax?: number;
  readonly minutesToChargeLimit?: number;
  readonly scheduledChargingMode?: number;
  readonly chargingAmps?: number;
  readonly scheduledChargingStartTimeMinutes?: number;
  readonly scheduledDepartureTimeMinutes?: number;
  readonly preconditioningEnabled?: boolean;
  readonly preconditioningTimes?: DepartureTimes;
  readonly offPeakChargingTimes?: DepartureTimes;
  readonly offPeakHoursEndTime?: number;
  readonly chargeRateMphFloat?: number;
}

export interface ChargeScheduleStateMessage extends Dated {
  readonly chargeSchedules?: readonly ChargeScheduleMessage[];
  readonly maxNumChargeSchedules?: number;
}

export interface PreconditioningScheduleStateMessage extends Dated {
  readonly preconditionSchedules?: readonly PreconditionScheduleMessage[];
  readonly maxNumPreconditionSchedules?: number;
}

export interface ClimateStateMessage extends Dated {
  readonly climateKeeperMode?: Choice<"unknown" | "off" | "on" | "dog" | "party">;
  readonly defrostMode?: Choice<"off" | "normal" | "max">;
  readonly insideTempCelsius?: number;
  readonly outsideTempCelsius?: number;
  readonly driverTempSetting?: number;
  readonly passengerTempSetting?: number;
  readonly isFrontDefrosterOn?: boolean;
  readonly isRearDefrosterOn?: boolean;
  readonly fanStatus?: number;
  readonly isClimateOn?: boolean;
  readonly minAvailTempCelsius?: number;
  readonly maxAvailTempCelsius?: number;
  readonly seatHeaterLeft?: number;
  readonly seatHeaterRight?: number;
  readonly seatHeaterRearLeft?: number;
  readonly seatHeaterRearRight?: number;
  readonly seatHeaterRearCenter?: number;
  readonly steeringWheelHeater?: boolean;
  readonly isPreconditioning?: boolean;
  readonly bioweaponModeOn?: boolean;
  readonly isAutoConditioningOn?: boolean;
  readonly autoSeatClimateLeft?: boolean;
  readonly autoSeatClimateRight?: boolean;
  readonly seatFanFrontLeft?: number;
  readonly seatFanFrontRight?: number;
  readonly allowCabinOverheatProtection?: boolean;
  readonly supportsFanOnlyCabinOverheatProtection?: boolean;
  readonly cabinOverheatProtection?: number;
  readonly copActivationTemperature?: number;
  readonly steeringWheelHeatLevel?: number;
  readonly hvacAutoRequest?: number;
}

export interface DriveStateMessage extends Dated {
  readonly shiftState?: Choice<"invalid" | "p" | "r" | "n" | "d" | "sna">;
  readonly speed?: number;
  readonly power?: number;
  readonly odometerInHundredthsOfAMile?: number;
  readonly speedFloat?: number;
}

export interface LocationStateMessage extends Dated {
  readonly nativeType?: Choice<"gcj" | "wgs">;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly heading?: number;
  readonly gpsAsOf?: number;
  readonly nativeLocationSupported?: boolean;
  readonly nativeLatitude?: number;
  readonly nativeLongitude?: number;
  readonly estimatedGpsValid?: boolean;
}

export interface SpeedLimitModeMessage {
  readonly active?: boolean;
  readonly pinCodeSet?: boolean;
  readonly maxLimitMph?: number;
  readonly minLimitMph?: number;
  readonly currentLimitMph?: number;
}

export interface ClosuresStateMessage extends Dated {
  readonly sentryModeState?: Choice<"off" | "idle" | "armed" | "aware" | "panic" | "quiet">;
  readonly speedLimitMode?: SpeedLimitModeMessage;
  readonly doorOpenDriverFront?: boolean;
  readonly doorOpenDriverRear?: boolean;
  readonly doorOpenPassengerFront?: boolean;
  readonly doorOpenPassengerRear?: boolean;
  readonly doorOpenTrunkFront?: boolean;
  readonly doorOpenTrunkRear?: boolean;
  readonly windowOpenDriverFront?: boolean;
  readonly windowOpenPassengerFront?: boolean;
  readonly windowOpenDriverRear?: boolean;
  readonly windowOpenPassengerRear?: boolean;
  readonly locked?: boolean;
  readonly isUserPresent?: boolean;
  readonly remoteStart?: boolean;
  readonly valetMode?: boolean;
  readonly valetPinNeeded?: boolean;
  readonly sentryModeAvailable?: boolean;
}

export interface TirePressureStateMessage extends Dated {
  readonly tpmsPressureFl?: number;
  readonly tpmsPressureFr?: number;
  readonly tpmsPressureRl?: number;
  readonly tpmsPressureRr?: number;
  readonly tpmsRcpFrontValue?: number;
  readonly tpmsRcpRearValue?: number;
}

export interface MediaStateMessage extends Dated {
  readonly remoteControlEnabled?: boolean;
  readonly nowPlayingArtist?: string;
  readonly nowPlayingTitle?: string;
  readonly audioVolume?: number;
  readonly audioVolumeIncrement?: number;
  readonly audioVolumeMax?: number;
  readonly nowPlayingSource?: number;
  readonly mediaPlaybackStatus?: number;
}

export interface SoftwareUpdateStateMessage extends Dated {
  readonly status?: Choice<"unknown" | "installing" | "scheduled" | "available" | "downloadingWifiWait" | "downloading">;
  readonly scheduledTimeMs?: number;
  readonly downloadPerc?: number;
  readonly installPerc?: number;
  readonly version?: string;
}
