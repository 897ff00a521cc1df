export * from "./manifest.ts";
export * from "./boot-record.ts";
export * from "./progress.ts";
export * from "./updates.ts";
export { canRead, readFormats, writeFormats, type ReadableFormats } from "./formats.ts";
export { SlotDriver, type SlotAnswer, type SlotTask } from "./slot-driver.ts";
