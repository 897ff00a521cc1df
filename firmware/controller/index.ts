/** The first public door of the firmware: what runs in a car. */
export * from "./events.ts";
export * from "./pump.ts";
export { bootController, SECTOR_BYTES_MIN, type Booted, type BootFailure, type BootOptions, type BootPorts, type BootReport, type UpdateSettings } from "./boot.ts";
export { Controller } from "./controller.ts";
export type { ControllerParts, ControllerPorts } from "./parts.ts";
export { TESLA_IDLE_MS, TESLA_LINK_COUNT_MAX, type TeslaOptions } from "./tesla-desk.ts";
export { TRIAL_STEADY_MS } from "./update-desk.ts";
