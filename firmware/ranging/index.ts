export * from "./approach.ts";
export * from "./evidence.ts";
export * from "./judge.ts";
export * from "./rules.ts";
