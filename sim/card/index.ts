/** Key cards of a world. */
export * from "./tesla-card.ts";
export * from "./reader.ts";
