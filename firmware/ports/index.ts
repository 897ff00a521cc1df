export * from "./clock.ts";
export * from "./crypto.ts";
export * from "./flash.ts";
export * from "./random.ts";
export * from "./slots.ts";
