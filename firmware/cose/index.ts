export * from "./algorithms.ts";
export * from "./fault.ts";
export * from "./key.ts";
export * from "./structures.ts";
export * from "./sign1.ts";
export * from "./encrypt0.ts";
