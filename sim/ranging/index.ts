export * from "./radio.ts";
