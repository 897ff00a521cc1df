/** The infotainment domain: what its messages ask for, and the replies. It knows no keys and no latches; the controller brings both. */
export * from "./read-action.ts";
export * from "./responses.ts";
export { vehicleDataResponse, type ClosureFacts, type VehicleFacts } from "./vehicle-data.ts";
export type { Category } from "./categories.ts";
