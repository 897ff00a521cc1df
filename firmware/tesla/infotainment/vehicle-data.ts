import type { ComfortState } from "../../comfort/index.ts";
import { unreachable } from "../../base/index.ts";
import type { ClosuresStateMessage, LocationStateMessage, Timestamp, VehicleDataMessage } from "../car-server-messages.ts";
import type { TeslaCodec } from "../messages.ts";
import type { Category } from "./categories.ts";
import { chargeSchedules, chargeState, climateState, comfortClosures, driveState, mediaDetail, mediaState, preconditionSchedules, softwareState, tyreState } from "./comfort-states.ts";
import { timestampOf } from "./timestamp.ts";

/** Which closures stand open; one that this car has not got is not there. */
export interface ClosureFacts {
  readonly driverFront?: boolean;
  readonly driverRear?: boolean;
  readonly passengerFront?: boolean;
  readonly passengerRear?: boolean;
  readonly frontTrunk?: boolean;
  readonly rearTrunk?: boolean;
}

/** What a car knows of itself when it is read. */
export interface VehicleFacts {
  /** Undefined: a car without comfort systems, of which their categories say nothing but the time. */
  readonly comfort: ComfortState | undefined;
  readonly open: ClosureFacts;
  readonly locked: boolean;
  readonly userPresent: boolean;
  /** Whether the car may be driven without a further key. */
  readonly remoteStart: boolean;
  readonly valet: boolean;
  /** WGS 84; undefined where the car does not know it, or the asker may not. */
  readonly position: { readonly latitudeDeg: number; readonly longitudeDeg: number; readonly ageS: number } | undefined;
  /** Unix seconds; undefined where the car does not know the time. */
  readonly nowS: number | undefined;
}

/** The reply to a read: the states of one category. A field that the car cannot know is not there. */
export function vehicleDataResponse(codec: TeslaCodec, category: Category, facts: VehicleFacts): Uint8Array {
  return codec.encode("Response", { actionStatus: {}, vehicleData: dataOf(category, facts) });
}

function dataOf(category: Category, facts: VehicleFacts): VehicleDataMessage {
  const { comfort } = facts;
  const dated: { timestamp?: Timestamp } = timestampOf("timestamp", facts.nowS);
  switch (category) {
    case "charge":
      return { chargeState: { ...dated, ...(comfort && chargeState(comfort)) } };
    case "climate":
      return { climateState: { ...dated, ...(comfort && climateState(comfort)) } };
    case "drive":
      return { driveState: { ...dated, ...(comfort && driveState(comfort)) } };
    case "location":
      return { locationState: { ...dated, ...locationState(facts) } };
    case "closures":
      return { closuresState: { ...dated, ...doorClosures(facts), ...(comfort && comfortClosures(comfort)) } };
    case "chargeSchedule":
      return { chargeScheduleState: { ...dated, ...(comfort && chargeSchedules(comfort)) } };
    case "preconditioningSchedule":
      return { preconditioningScheduleState: { ...dated, ...(comfort && preconditionSchedules(comfort)) } };
    case "tyres":
      return { tirePressureState: { ...dated, ...(comfort && tyreState(comfort)) } };
    case "media":
      return { mediaState: { ...dated, ...(comfort && mediaState(comfort)) } };
    case "mediaDetail":
      return { mediaDetailState: { ...dated, ...(comfort && mediaDetail(comfort)) } };
    case "software":
      return { softwareUpdateState: { ...dated, ...(comfort && softwareState(comfort, facts.nowS)) } };
    case "parentalControls":
      return { parentalControlsState: { ...dated, parentalControlsActive: false, parentalControlsPinSet: false } };
    default:
      return unreachable(category);
  }
}

function doorClosures({ open, locked, userPresent, remoteStart, valet }: VehicleFacts): ClosuresStateMessage {
  const { driverFront, driverRear, passengerFront, passengerRear, frontTrunk, rearTrunk } = open;
  return {
    ...(driverFront !== undefined && { doorOpenDriverFront: driverFront }),
    ...(driverRear !== undefined && { doorOpenDriverRear: driverRear }),
    ...(passengerFront !== undefined && { doorOpenPassengerFront: passengerFront }),
    ...(passengerRear !== undefined && { doorOpenPassengerRear: passengerRear }),
    ...(frontTrunk !== undefined && { doorOpenTrunkFront: frontTrunk }),
    ...(rearTrunk !== undefined && { doorOpenTrunkRear: rearTrunk }),
    locked,
    isUserPresent: userPresent,
    remoteStart,
    valetMode: valet,
    // Valet mode ends by an owner's key here, never by digits.
    valetPinNeeded: false,
  };
}

/** A receiver that only tells where it is gives no heading, and none is made up. */
function locationState({ position, nowS }: VehicleFacts): LocationStateMessage {
  if (position === undefined) return { estimatedGpsValid: false };
  const { latitudeDeg, longitudeDeg, ageS } = position;
  return {
    latitude: latitudeDeg,
    longitude: longitudeDeg,
    ...(nowS !== undefined && { gpsAsOf: Math.max(0, Math.floor(nowS - ageS)) }),
    nativeLocationSupported: true,
    nativeLatitude: latitudeDeg,
    nativeLongitude: longitudeDeg,
    nativeType: { wgs: {} },
    estimatedGpsValid: true,
  };
}
