export * from "./description.ts";
