/** Charging, climate and the rest that makes a car pleasant: what can be ordered, and how it is. The systems themselves are the board's. */
export * from "./orders.ts";
export * from "./state.ts";
