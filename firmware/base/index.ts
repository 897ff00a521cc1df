export * from "./assert.ts";
export * from "./budget.ts";
export * from "./bytes.ts";
export * from "./earliest.ts";
export * from "./result.ts";
export * from "./short-lived.ts";
