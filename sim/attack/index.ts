export * from "./acts.ts";
export * from "./attack.ts";
export * from "./list.ts";
export * from "./not-played.ts";
export * from "./overlaid.ts";
export * from "./parked.ts";
export * from "./play.ts";
export type { Check, Stage, Weakness } from "./stage.ts";
