export * from "./reasons.ts";
export * from "./words.ts";
export * from "./messages.ts";
