import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import type { ComfortState } from "../../../firmware/comfort/index.ts";
import { actionResponse, pingResponse, vehicleDataResponse, type Category, type VehicleFacts } from "../../../firmware/tesla/index.ts";
import { createTeslaCodec } from "../../../hal/tesla-codec/index.ts";
import { FULL_COMFORT } from "./comfort-states.ts";

const codec = createTeslaCodec();

/** Most bytes of a payload that clients on microcontrollers have room for: 400 in the smaller of the two kinds for ESPHome, 512 in the other. */
const CLIENT_PAYLOAD_BYTES_MAX = 400;

const CATEGORIES: readonly Category[] = [
  "charge",
  "climate",
  "drive",
  "location",
  "closures",
  "chargeSchedule",
  "preconditioningSchedule",
  "tyres",
  "media",
  "mediaDetail",
  "software",
  "parentalControls",
];

const FULL: VehicleFacts = {
  comfort: FULL_COMFORT,
  open: { driverFront: true, driverRear: true, passengerFront: true, passengerRear: true, frontTrunk: true, rearTrunk: true },
  locked: true,
  userPresent: true,
  remoteStart: true,
  valet: true,
  position: { latitudeDeg: 52.25, longitudeDeg: 13.5, ageS: 12 },
  nowS: 253_402_300_799,
};
const BARE: VehicleFacts = { comfort: undefined, open: {}, locked: false, userPresent: false, remoteStart: false, valet: false, position: undefined, nowS: undefined };

const dataOf = (category: Category, facts: VehicleFacts = FULL): object => codec.decode("Response", vehicleDataResponse(codec, category, facts))!.vehicleData!;
const withComfort = (changes: Partial<ComfortState>): VehicleFacts => ({ ...FULL, nowS: 1_800_000_000, comfort: { ...FULL_COMFORT, ...changes } });

describe("a reply of infotainment", () => {
  it("has the bytes of the published samples", () => {
    expect(toHex(actionResponse(codec, undefined))).toBe("0a00");
    expect(toHex(actionResponse(codec, "already off"))).toBe("0a110801120d0a0b616c7265616479206f6666");
    const charge = { chargeState: { chargingState: { disconnected: {} }, chargeLimitSoc: 90, batteryLevel: 80 } };
    expect(toHex(codec.encode("Response", { actionStatus: {}, vehicleData: charge }))).toBe("0a00120c1a0a0a021200c0065a900750");
    const location = { locationState: { latitude: 52.25, longitude: 13.5, heading: 90 } };
    expect(toHex(codec.encode("Response", { actionStatus: {}, vehicleData: location }))).toBe("0a001211420fad0600005142b50600005841b8065a");
  });

  it("keeps a refusal to one line", () => {
    expect(codec.decode("Response", actionResponse(codec, "x".repeat(1000)))!.actionStatus!.resultReason!.plainText).toHaveLength(80);
  });

  it("answers a ping with its number, the car's time and the asker's", () => {
    expect(codec.decode("Response", pingResponse(codec, { pingId: 7, localTimestamp: { seconds: 5 } }, 1_800_000_000))).toEqual({
      actionStatus: {},
      ping: { pingId: 7, localTimestamp: { seconds: 1_800_000_000 }, lastRemoteTimestamp: { seconds: 5 } },
    });
    expect(codec.decode("Response", pingResponse(codec, {}, undefined))!.ping).toEqual({});
  });

  it.each(CATEGORIES)("fits, with every field filled, into what clients take of %s", (category) => {
    expect(vehicleDataResponse(codec, category, FULL).length).toBeLessThanOrEqual(CLIENT_PAYLOAD_BYTES_MAX);
  });

  it.each(CATEGORIES)("brings %s under its own number alone, and says the status that clients look for", (category) => {
    const response = codec.decode("Response", vehicleDataResponse(codec, category, FULL))!;
    expect(response.actionStatus).toEqual({});
    const numbers = { charge: 3, climate: 4, drive: 5, location: 8, closures: 9, chargeSchedule: 15, preconditioningSchedule: 16, tyres: 19, media: 20, mediaDetail: 21, software: 23, parentalControls: 24 };
    expect(Object.keys(response.vehicleData!)).toHaveLength(1);
    expect(fieldNumbers(vehicleDataBytes(vehicleDataResponse(codec, category, FULL)))).toEqual([numbers[category]]);
  });

  it("says nothing but the time of systems that a car has not got, and nothing at all where the time is not known", () => {
    const states = { charge: "chargeState", climate: "climateState", drive: "driveState", tyres: "tirePressureState", media: "mediaState", software: "softwareUpdateState" } as const;
    for (const [category, name] of Object.entries(states)) {
      expect(dataOf(category as Category, { ...BARE, nowS: 9 }), category).toEqual({ [name]: { timestamp: { seconds: 9 } } });
      expect(dataOf(category as Category, BARE), category).toEqual({ [name]: {} });
    }
    expect(dataOf("location", BARE)).toEqual({ locationState: { estimatedGpsValid: false } });
  });

  it("tells zero from not known: a car without rear doors says nothing of them", () => {
    const { closuresState } = dataOf("closures", { ...BARE, open: { driverFront: false, rearTrunk: true } }) as { closuresState: object };
    expect(closuresState).toEqual({ doorOpenDriverFront: false, doorOpenTrunkRear: true, locked: false, isUserPresent: false, remoteStart: false, valetMode: false, valetPinNeeded: false });
  });
});

describe("the states that clients read", () => {
  it("are the car's: charge", () => {
    expect(dataOf("charge", withComfort({}))).toMatchObject({
      chargeState: { chargingState: { charging: {} }, batteryLevel: 80, chargeLimitSoc: 100, chargerPower: 250, connChargeCable: { iec: {} }, chargePortLatch: { engaged: {} }, timestamp: { seconds: 1_800_000_000 } },
    });
    const charge = { ...FULL_COMFORT.charge, charging: "disconnected", cablePlugged: false, scheduled: undefined } as const;
    expect(dataOf("charge", withComfort({ charge }))).toMatchObject({
      chargeState: { chargingState: { disconnected: {} }, connChargeCable: { sna: {} }, chargerPilotCurrent: 0, scheduledChargingMode: 2, scheduledDepartureTimeMinutes: 1439, preconditioningEnabled: true, preconditioningTimes: { weekdays: {} }, offPeakChargingTimes: { allWeek: {} }, offPeakHoursEndTime: 1439 },
    });
    const departure = { minutesAfterMidnight: 480, precondition: "never", offPeak: "never", offPeakUntilMinute: 0 } as const;
    const { chargeState } = dataOf("charge", withComfort({ climate: { ...FULL_COMFORT.climate, departure } })) as { readonly chargeState: object };
    expect(chargeState).toMatchObject({ scheduledDepartureTimeMinutes: 480, preconditioningEnabled: false });
    expect(Object.keys(chargeState)).not.toEqual(expect.arrayContaining(["preconditioningTimes"]));
  });

  it("are the car's: what charging adds, by which phases, and whether the socket holds the cable", () => {
    expect(dataOf("charge", withComfort({}))).toMatchObject({ chargeState: { chargeRateMph: 926, chargerPhases: 1, chargeMilesAddedRated: expect.closeTo(227.1, 3), scheduledChargingPending: false, chargeEnableRequest: true } });
    const charge = { ...FULL_COMFORT.charge, charging: "stopped", cableLatched: false, volts: 0 } as const;
    const { chargeState } = dataOf("charge", withComfort({ charge })) as { readonly chargeState: object };
    expect(chargeState).toMatchObject({ chargePortLatch: { disengaged: {} }, connChargeCable: { iec: {} }, scheduledChargingPending: true, chargeEnableRequest: false });
    expect(chargeState).not.toHaveProperty("chargerPhases");
  });

  it("are the car's: plans, one that is not enabled without that word", () => {
    const plan = { id: 5, name: "", days: 62, enabled: false, once: false, latitudeDeg: 52.25, longitudeDeg: 13.5 };
    const { charge, climate } = FULL_COMFORT;
    expect(dataOf("chargeSchedule", withComfort({ charge: { ...charge, plans: [{ ...plan, startMinute: 0, endMinute: undefined }] } }))).toMatchObject({
      chargeScheduleState: { chargeSchedules: [{ id: 5, daysOfWeek: 62, startEnabled: true, latitude: 52.25, longitude: 13.5 }], maxNumChargeSchedules: 6 },
    });
    expect(dataOf("preconditioningSchedule", withComfort({ climate: { ...climate, plans: [{ ...plan, enabled: true, once: true, name: "gym", readyMinute: 480 }] } }))).toMatchObject({
      preconditioningScheduleState: { preconditionSchedules: [{ id: 5, name: "gym", preconditionTime: 480, oneTime: true, enabled: true }], maxNumPreconditionSchedules: 6 },
    });
  });

  it("are the car's: climate", () => {
    expect(dataOf("climate")).toMatchObject({ climateState: { outsideTempCelsius: -12.75, climateKeeperMode: { party: {} }, cabinOverheatProtection: 2, seatHeaterRearCenter: 3, seatFanFrontLeft: 3, autoSeatClimateRight: true, copActivationTemperature: 3, steeringWheelHeatLevel: 3, defrostMode: { max: {} } } });
    expect(dataOf("climate", withComfort({ climate: { ...FULL_COMFORT.climate, keeper: "dog", on: false } }))).toMatchObject({ climateState: { climateKeeperMode: { dog: {} }, isClimateOn: false } });
  });

  it("are the car's: drive, closures, tyres, media", () => {
    expect(dataOf("drive")).toMatchObject({ driveState: { shiftState: { d: {} }, odometerInHundredthsOfAMile: 99_999_999, speed: 155 } });
    expect(dataOf("closures")).toMatchObject({ closuresState: { sentryModeState: { armed: {} }, windowOpenDriverFront: true, speedLimitMode: { active: true, pinCodeSet: true, currentLimitMph: 120 } } });
    expect(dataOf("tyres")).toMatchObject({ tirePressureState: { tpmsPressureFl: 2.875 } });
    expect(dataOf("media", withComfort({ media: { playing: false, volume: 3, track: 2, favourite: 1 } }))).toMatchObject({ mediaState: { mediaPlaybackStatus: 2, audioVolume: 3, nowPlayingTitle: "Track 2" } });
  });

  it("are the car's: software, with the moment of an update by the car's clock", () => {
    const { software } = FULL_COMFORT;
    expect(dataOf("software", withComfort({}))).toMatchObject({ softwareUpdateState: { status: { scheduled: {} }, scheduledTimeMs: (1_800_000_000 + 7 * 86_400) * 1000, version: software.available } });
    expect(dataOf("software", withComfort({ software: { version: "1", available: undefined, scheduledInS: undefined } }))).toEqual({ softwareUpdateState: { version: "1", timestamp: { seconds: 1_800_000_000 } } });
    expect(dataOf("software", withComfort({ software: { ...software, scheduledInS: undefined } }))).toMatchObject({ softwareUpdateState: { status: { available: {} } } });
  });

  it("are the car's: location, as old as its receiver's word", () => {
    expect(dataOf("location", { ...FULL, nowS: 1_800_000_000 })).toMatchObject({ locationState: { latitude: 52.25, nativeLongitude: 13.5, gpsAsOf: 1_799_999_988, nativeType: { wgs: {} } } });
  });
});

/** The body of field 2 in a `Response`, past the two bytes of the empty status. */
function vehicleDataBytes(response: Uint8Array): Uint8Array {
  expect(toHex(response.slice(0, 3))).toBe("0a0012");
  let at = 3;
  while (response[at]! >= 0x80) at += 1;
  return response.slice(at + 1);
}

/** Numbers of the length-delimited fields at the top of a message. */
function fieldNumbers(message: Uint8Array): number[] {
  const found: number[] = [];
  const varint = (from: number): readonly [value: number, next: number] => {
    let value = 0;
    for (let at = from, shift = 0; ; at++, shift += 7) {
      value |= (message[at]! & 0x7f) << shift;
      if (message[at]! < 0x80) return [value, at + 1];
    }
  };
  for (let at = 0; at < message.length; ) {
    const [key, afterKey] = varint(at);
    const [length, body] = varint(afterKey);
    found.push(key >> 3);
    at = body + length;
  }
  return found;
}
