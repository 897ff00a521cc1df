import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import type { ComfortOrder } from "../../../firmware/comfort/index.ts";
import { readAction, type InfotainmentRequest, type VehicleAction } from "../../../firmware/tesla/index.ts";
import { createTeslaCodec } from "../../../hal/tesla-codec/index.ts";
import { FULL_COMFORT } from "./comfort-states.ts";

const codec = createTeslaCodec();
const hex = (text: string): Uint8Array => fromHex(text)!;
const read = (text: string): InfotainmentRequest | undefined => readAction(codec, hex(text), FULL_COMFORT);
const readMessage = (vehicleAction: VehicleAction): InfotainmentRequest | undefined => readAction(codec, codec.encode("Action", { vehicleAction }), FULL_COMFORT);

const HOME = { latitude: 37.5, longitude: -122.25 };

const PLAN = { id: 7, name: "", enabled: true, once: false, latitudeDeg: 52.25, longitudeDeg: 13.5 };

/** What clients send, byte for byte, with the message and the order behind it. */
const ORDERS: readonly (readonly [what: string, sent: string, message: VehicleAction, order: ComfortOrder])[] = [
  ["charge limit 80 %", "12042a020850", { chargingSetLimitAction: { percent: 80 } }, { kind: "setChargeLimit", percent: 80 }],
  ["start charging", "120432021200", { chargingStartStopAction: { start: {} } }, { kind: "startCharging" }],
  ["stop charging", "120432022a00", { chargingStartStopAction: { stop: {} } }, { kind: "stopCharging" }],
  ["16 A", "1205da02020810", { setChargingAmpsAction: { chargingAmps: 16 } }, { kind: "setChargingAmps", amps: 16 }],
  ["close the charge port", "1203ea0300", { chargePortDoorClose: {} }, { kind: "closeChargePort" }],
  ["open the charge port", "1203f20300", { chargePortDoorOpen: {} }, { kind: "openChargePort" }],
  ["flash", "1203d20100", { vehicleControlFlashLightsAction: {} }, { kind: "flashLights" }],
  ["honk", "1203da0100", { vehicleControlHonkHornAction: {} }, { kind: "honk" }],
  ["climate on", "120452020801", { hvacAutoAction: { powerOn: true } }, { kind: "climate", on: true }],
  ["climate off", "12025200", { hvacAutoAction: {} }, { kind: "climate", on: false }],
  [
    "21.5 degrees on both sides",
    "120c720a350000ac413d0000ac41",
    { hvacTemperatureAdjustmentAction: { driverTempCelsius: 21.5, passengerTempCelsius: 21.5 } },
    { kind: "setTemperature", driverCelsius: 21.5, passengerCelsius: 21.5 },
  ],
  ["sentry on", "1205f201020801", { vehicleControlSetSentryModeAction: { on: true } }, { kind: "sentry", on: true }],
  ["speed limit 65 mph", "120b4209090000000000405040", { drivingSetSpeedLimitAction: { limitMph: 65 } }, { kind: "setSpeedLimit", mph: 65 }],
  ["speed limit on", "120a4a080801120431323334", { drivingSpeedLimitAction: { activate: true, pin: "1234" } }, { kind: "speedLimit", active: true, pin: "1234" }],
  ["speed limit off", "12084a06120431323334", { drivingSpeedLimitAction: { pin: "1234" } }, { kind: "speedLimit", active: false, pin: "1234" }],
  ["clear the PIN of the speed limit", "12083a060a0431323334", { drivingClearSpeedLimitPinAction: { pin: "1234" } }, { kind: "clearSpeedLimitPin", pin: "1234" }],
  ["clear it without the PIN", "1203fa0400", { drivingClearSpeedLimitPinAdminAction: {} }, { kind: "clearSpeedLimitPin", pin: undefined }],
  ["guest mode", "12058a04020801", { guestModeAction: { on: true } }, { kind: "guestMode", on: true }],
  ["windows vented", "12059202021a00", { vehicleControlWindowAction: { vent: {} } }, { kind: "windows", open: true }],
  ["windows shut", "12059202022200", { vehicleControlWindowAction: { close: {} } }, { kind: "windows", open: false }],
  ["homelink", "120f8a020c0a0a0d00001642150080f4c2", { vehicleControlTriggerHomelinkAction: { location: HOME } }, { kind: "homelink" }],
  [
    "a departure at 8:00, warm on weekdays, cheap until 6:00",
    "1213d20210080110e0031a02120022020a0028e802",
    { scheduledDepartureAction: { enabled: true, departureTime: 480, preconditioningTimes: { weekdays: {} }, offPeakChargingTimes: { allWeek: {} }, offPeakHoursEndTime: 360 } },
    { kind: "scheduleDeparture", departure: { minutesAfterMidnight: 480, precondition: "weekdays", offPeak: "daily", offPeakUntilMinute: 360 } },
  ],
  ["no departure", "1203d20200", { scheduledDepartureAction: {} }, { kind: "scheduleDeparture", departure: undefined }],
  [
    "a plan to charge on weekdays from 22:00 to 6:00",
    "121d8a061a0807183e200128a80a300138e802480155000051425d00005841",
    { addChargeScheduleAction: { id: 7, daysOfWeek: 62, startEnabled: true, startTime: 1320, endEnabled: true, endTime: 360, enabled: true, latitude: 52.25, longitude: 13.5 } },
    { kind: "planCharging", plan: { ...PLAN, days: 62, startMinute: 1320, endMinute: 360 } },
  ],
  ["that plan forgotten", "12059206020807", { removeChargeScheduleAction: { id: 7 } }, { kind: "forgetChargePlan", id: 7 }],
  ["all plans to charge forgotten", "1205e206021801", { batchRemoveChargeSchedulesAction: { other: true } }, { kind: "forgetChargePlans", of: { home: false, work: false, other: true } }],
  [
    "a plan for the cabin on Sunday at 8:00, once",
    "12189a06150807180120e003280130013d000051424500005841",
    { addPreconditionScheduleAction: { id: 7, daysOfWeek: 1, preconditionTime: 480, oneTime: true, enabled: true, latitude: 52.25, longitude: 13.5 } },
    { kind: "planClimate", plan: { ...PLAN, days: 1, once: true, readyMinute: 480 } },
  ],
  ["that plan forgotten too", "1205a206020807", { removePreconditionScheduleAction: { id: 7 } }, { kind: "forgetClimatePlan", id: 7 }],
  ["plans for the cabin at home forgotten", "1205da06020801", { batchRemovePreconditionSchedulesAction: { home: true } }, { kind: "forgetClimatePlans", of: { home: true, work: false, other: false } }],
  ["the passenger's seat cooled", "12098a03060a0408031002", { hvacSeatCoolerActions: { hvacSeatCoolerAction: [{ seatCoolerLevel: 3, seatPosition: 2 }] } }, { kind: "seatCool", seat: "frontRight", level: 2 }],
  ["the driver's seat automatic", "12098203060a0408011001", { autoSeatClimateAction: { carseat: [{ on: true, seatPosition: 1 }] } }, { kind: "seatAuto", seat: "frontLeft", on: true }],
  ["overheat protection from 35 degrees", "12059204020802", { setCopTempAction: { copActivationTemp: 2 } }, { kind: "overheatFrom", level: "medium" }],
  ["playback", "12027a00", { mediaPlayAction: {} }, { kind: "togglePlayback" }],
];

/** The reads of section "GetVehicleData". */
const READS = {
  charge: "12040a021200",
  climate: "12040a021a00",
  drive: "12040a022200",
  location: "12040a023a00",
  closures: "12040a024200",
  chargeSchedule: "12040a025200",
  preconditioningSchedule: "12040a025a00",
  tyres: "12040a027200",
  media: "12040a027a00",
  mediaDetail: "12050a03820100",
  software: "12050a038a0100",
  parentalControls: "12050a039a0100",
} as const;

describe("an action of infotainment", () => {
  it.each(ORDERS)("is read as clients send it: %s", (_what, sent, message, order) => {
    expect(toHex(codec.encode("Action", { vehicleAction: message }))).toBe(sent);
    expect(read(sent)).toEqual({ kind: "orders", orders: [order] });
  });

  it.each(Object.entries(READS))("reads one category: %s", (category, sent) => {
    expect(read(sent)).toEqual({ kind: "read", category });
  });

  it("refuses two categories in one request, which would not fit into one reply", () => {
    expect(read("12060a0412001a00")).toEqual({ kind: "tooMuch" });
    expect(read("12020a00")).toEqual({ kind: "unknown" });
  });

  it("reads valet mode and PIN to drive with their PINs, for the controller", () => {
    expect(read("120bfa01080801120431323334")).toEqual({ kind: "valet", on: true, pin: "1234" });
    expect(read("1203fa0100")).toEqual({ kind: "valet", on: false, pin: undefined });
    expect(read("120bea04080801120431323334")).toEqual({ kind: "pinToDrive", on: true, pin: "1234" });
    expect(read("1203e20100")).toEqual({ kind: "resetPin", of: "valet" });
    expect(read("1203f20400")).toEqual({ kind: "resetPin", of: "drive" });
    expect(read("1203ca0500")).toEqual({ kind: "resetPin", of: "driveByOwner" });
    expect(read("1205f202020801")).toEqual({ kind: "ping", ping: { pingId: 1 } });
  });

  it("takes one seat's temperature or a difference from how it is now", () => {
    const { driverCelsius, passengerCelsius } = FULL_COMFORT.climate;
    expect(readMessage({ hvacTemperatureAdjustmentAction: { driverTempCelsius: 18 } })).toEqual({ kind: "orders", orders: [{ kind: "setTemperature", driverCelsius: 18, passengerCelsius }] });
    expect(readMessage({ hvacTemperatureAdjustmentAction: { absoluteCelsius: 19 } })).toEqual({ kind: "orders", orders: [{ kind: "setTemperature", driverCelsius: 19, passengerCelsius: 19 }] });
    expect(readMessage({ hvacTemperatureAdjustmentAction: { deltaCelsius: -1 } })).toEqual({
      kind: "orders",
      orders: [{ kind: "setTemperature", driverCelsius: driverCelsius - 1, passengerCelsius: passengerCelsius - 1 }],
    });
  });

  it("reads each seat of one message", () => {
    const seats = [{ levelHigh: {}, frontLeft: {} }, { levelOff: {}, rearRight: {} }];
    expect(readMessage({ hvacSeatHeaterActions: { hvacSeatHeaterAction: seats } })).toEqual({
      kind: "orders",
      orders: [{ kind: "seatHeat", seat: "frontLeft", level: 3 }, { kind: "seatHeat", seat: "rearRight", level: 0 }],
    });
  });

  it.each<readonly [string, VehicleAction]>([
    ["a seat that this car has not got", { hvacSeatHeaterActions: { hvacSeatHeaterAction: [{ levelLow: {}, frontLeft: {} }, { levelLow: {}, thirdRowLeft: {} }] } }],
    ["no seat", { hvacSeatHeaterActions: {} }],
    ["more seats than any car has", { hvacSeatHeaterActions: { hvacSeatHeaterAction: Array.from({ length: 17 }, () => ({ levelLow: {}, frontLeft: {} })) } }],
    ["neither start nor stop", { chargingStartStopAction: {} }],
    ["windows of unknown wish", { vehicleControlWindowAction: { unknown: {} } }],
    ["a seat to cool that is none", { hvacSeatCoolerActions: { hvacSeatCoolerAction: [{ seatCoolerLevel: 1, seatPosition: 3 }] } }],
    ["no level to cool at", { hvacSeatCoolerActions: { hvacSeatCoolerAction: [{ seatPosition: 1 }] } }],
    ["no seat to be automatic", { autoSeatClimateAction: { carseat: [{ on: true }] } }],
    ["overheat protection from no heat", { setCopTempAction: {} }],
    ["a keeper mode beyond the last", { hvacClimateKeeperAction: { climateKeeperAction: 4 } }],
    ["no volume", { mediaUpdateVolume: {} }],
    ["no action at all", {}],
  ])("knows nothing to do for %s", (_what, action) => {
    expect(readMessage(action)).toEqual({ kind: "unknown" });
  });

  it("knows nothing to do for an action that is not in its schema", () => {
    expect(read("1203c20400")).toEqual({ kind: "unknown" });
  });

  it("is its last one where there are several", () => {
    expect(read("1206d20100da0100")).toEqual({ kind: "orders", orders: [{ kind: "honk" }] });
    expect(read("1206320412002a00")).toEqual({ kind: "orders", orders: [{ kind: "stopCharging" }] });
  });

  it("is no message where the bytes are none", () => {
    expect(read("1204")).toBeUndefined();
    expect(read("ff")).toBeUndefined();
  });
});
