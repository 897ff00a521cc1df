import { FORMAT_VERSION } from "./layout.ts";
import { TABLES } from "./store.ts";

/**
 * The newest format of each table's records that this build reads and writes, and under 0 that of the flash itself. A release that
 * writes a table in a new way raises its number here; until it is confirmed the car does not store what the one before cannot read.
 */
export const RECORD_FORMATS: ReadonlyMap<number, number> = new Map([[0, FORMAT_VERSION], ...Object.values(TABLES).map((table) => [table, 1] as const)]);
