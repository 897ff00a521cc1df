export * from "./prng.ts";
export * from "./trace.ts";
