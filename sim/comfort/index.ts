export * from "./comfort.ts";
export * from "./parked-car.ts";
