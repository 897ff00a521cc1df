export * from "./cloud.ts";
export * from "./messages.ts";
export * from "./telemetry.ts";
export * from "./uplink.ts";
