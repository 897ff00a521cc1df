export * from "./store.ts";
export { RECORD_FORMATS } from "./formats.ts";
export * from "./report.ts";
export * from "./mount.ts";
export * from "./copy.ts";
export type { RecordLog, StoreUsage } from "./record-log.ts";
