export * from "./health-watch.ts";
