import type { GetVehicleData } from "../car-server-messages.ts";

/** What a client reads of a car in one request. */
export type Category =
  | "charge"
  | "climate"
  | "drive"
  | "location"
  | "closures"
  | "chargeSchedule"
  | "preconditioningSchedule"
  | "tyres"
  | "media"
  | "mediaDetail"
  | "software"
  | "parentalControls";

/** How a request names each. */
export const CATEGORY_OF: Readonly<Record<keyof GetVehicleData, Category>> = {
  getChargeState: "charge",
  getClimateState: "climate",
  getDriveState: "drive",
  getLocationState: "location",
  getClosuresState: "closures",
  getChargeScheduleState: "chargeSchedule",
  getPreconditioningScheduleState: "preconditioningSchedule",
  getTirePressureState: "tyres",
  getMediaState: "media",
  getMediaDetailState: "mediaDetail",
  getSoftwareUpdateState: "software",
  getParentalControlsState: "parentalControls",
};
