/** Key cards of a world. */
export * from "./own-card.ts";
export * from "./tesla-card.ts";
export * from "./reader.ts";
