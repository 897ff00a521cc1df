/** Seats that can be warmed. */
export const SEATS = ["frontLeft", "frontRight", "rearLeft", "rearCenter", "rearRight"] as const;
export type Seat = (typeof SEATS)[number];

/** How hard a seat or the steering wheel is warmed: 0 is off. */
export type HeatLevel = 0 | 1 | 2 | 3;

export type ChargingState = "disconnected" | "stopped" | "charging" | "complete";

/** The traction battery and what is plugged into the car. */
export interface ChargeState {
  readonly charging: ChargingState;
  readonly levelPercent: number;
  readonly limitPercent: number;
  /** What is asked of the charger, and the most that may be asked. */
  readonly requestedAmps: number;
  readonly maxAmps: number;
  readonly actualAmps: number;
  readonly volts: number;
  readonly kilowatts: number;
  readonly addedKilowattHours: number;
  readonly minutesToLimit: number;
  readonly rangeMiles: number;
  readonly portOpen: boolean;
  readonly cablePlugged: boolean;
  readonly scheduled: Schedule | undefined;
}

/** Something that is to happen each day, so many minutes after midnight. */
export interface Schedule {
  readonly minutesAfterMidnight: number;
}

export interface ClimateState {
  readonly on: boolean;
  readonly driverCelsius: number;
  readonly passengerCelsius: number;
  readonly insideCelsius: number;
  readonly outsideCelsius: number;
  /** 0 to 7. */
  readonly fan: number;
  readonly defrost: boolean;
  readonly bioweaponDefence: boolean;
  readonly steeringWheelHeat: boolean;
  readonly seatHeat: Readonly<Record<Seat, HeatLevel>>;
  readonly keeper: "off" | "on" | "dog" | "camp";
  readonly overheatProtection: "off" | "on" | "fanOnly";
  readonly departure: Schedule | undefined;
}

export interface MediaState {
  readonly playing: boolean;
  /** 0 to 11. */
  readonly volume: number;
  readonly track: number;
  readonly favourite: number;
}

export interface SpeedLimit {
  readonly active: boolean;
  readonly limitMph: number;
  readonly pinSet: boolean;
}

export interface SoftwareState {
  readonly version: string;
  /** A newer one that is ready to be installed. */
  readonly available: string | undefined;
  /** Seconds until it is. */
  readonly scheduledInS: number | undefined;
}

/** Pressures in bar. */
export interface TyrePressures {
  readonly frontLeft: number;
  readonly frontRight: number;
  readonly rearLeft: number;
  readonly rearRight: number;
}

/** Everything of a car that is comfort and not access, as its own systems report it. Nothing here decides who may get in. */
export interface ComfortState {
  readonly charge: ChargeState;
  readonly climate: ClimateState;
  readonly windowsOpen: boolean;
  readonly sentry: boolean;
  readonly guestMode: boolean;
  readonly lowPower: boolean;
  readonly accessoryPower: boolean;
  readonly speedLimit: SpeedLimit;
  readonly media: MediaState;
  readonly software: SoftwareState;
  readonly tyres: TyrePressures;
  readonly name: string;
  readonly odometerMiles: number;
  readonly shift: "park" | "drive";
  readonly speedMph: number;
  /** How often it has flashed and honked: what a bystander would have noticed. */
  readonly flashes: number;
  readonly honks: number;
}
