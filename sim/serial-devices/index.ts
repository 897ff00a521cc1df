export * from "./lcus-device.ts";
export * from "./modbus-device.ts";
export * from "./relay-device.ts";
export * from "./virtual-bolt.ts";
