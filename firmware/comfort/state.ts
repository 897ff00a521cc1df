/** Seats that can be warmed. */
export const SEATS = ["frontLeft", "frontRight", "rearLeft", "rearCenter", "rearRight"] as const;
export type Seat = (typeof SEATS)[number];

/** Seats that can be cooled, and that follow the climate by themselves where they are told to. */
export const FRONT_SEATS = ["frontLeft", "frontRight"] as const satisfies readonly Seat[];
export type FrontSeat = (typeof FRONT_SEATS)[number];

/** How hard a seat is warmed or cooled: 0 is off. */
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
  readonly addedMiles: number;
  /** Range that an hour of charging adds. */
  readonly rateMph: number;
  readonly minutesToLimit: number;
  readonly rangeMiles: number;
  readonly portOpen: boolean;
  readonly cablePlugged: boolean;
  /** Whether the socket holds the cable. */
  readonly cableLatched: boolean;
  readonly scheduled: Schedule | undefined;
  readonly plans: readonly ChargePlan[];
}

/** Something that is to happen each day, so many minutes after midnight. */
export interface Schedule {
  readonly minutesAfterMidnight: number;
}

/** On which days something goes with a departure. */
export type DepartureDays = "never" | "daily" | "weekdays";

/** When the car is to leave each day; whether its cabin is made ready for that, and until which minute charging is cheap. */
export interface Departure extends Schedule {
  readonly precondition: DepartureDays;
  readonly offPeak: DepartureDays;
  readonly offPeakUntilMinute: number;
}

/** Something that is to happen on days of the week. Whoever plans it gives it its id, and may change it by that. */
export interface Plan {
  readonly id: number;
  readonly name: string;
  /** A bit for each day: 1 is Sunday, 64 Saturday. */
  readonly days: number;
  readonly enabled: boolean;
  /** Done once, it is enabled no more. */
  readonly once: boolean;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
}

/** When charging begins and ends, minutes after midnight; one of them may be left open. An end that is not after its start is on the next day. */
export interface ChargePlan extends Plan {
  readonly startMinute: number | undefined;
  readonly endMinute: number | undefined;
}

/** When the cabin is to be ready, minutes after midnight. */
export interface ClimatePlan extends Plan {
  readonly readyMinute: number;
}

/** How warm a parked cabin gets before its overheat protection sets in. */
export type OverheatLevel = "low" | "medium" | "high";

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
  readonly seatCool: Readonly<Record<FrontSeat, HeatLevel>>;
  readonly seatAuto: Readonly<Record<FrontSeat, boolean>>;
  readonly keeper: "off" | "on" | "dog" | "camp";
  readonly overheatProtection: "off" | "on" | "fanOnly";
  readonly overheatFrom: OverheatLevel;
  readonly departure: Departure | undefined;
  readonly plans: readonly ClimatePlan[];
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
