export * from "./cloud.ts";
export * from "./messages.ts";
export * from "./uplink.ts";
