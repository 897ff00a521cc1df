export * from "./air.ts";
export * from "./link.ts";
export * from "./locate.ts";
export * from "./propagation.ts";
export * from "./radio.ts";
export * from "./walk.ts";
