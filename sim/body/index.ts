export * from "./battery.ts";
export * from "./car-body.ts";
export * from "./latch-actuator.ts";
export * from "./virtual-car.ts";
