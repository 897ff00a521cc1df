import { composeLock, type LockStepper } from "./compose.ts";
import type { LockTables } from "./draft.ts";
import { DRIVE } from "./drive.ts";
import { LATCH } from "./latch.ts";
import { VEHICLE } from "./vehicle.ts";

/** The tables of this lock: the firmware runs them, the tests walk them, the docs draw them. */
export const TABLES: LockTables = { latch: LATCH, vehicle: VEHICLE, drive: DRIVE };

/** The lock of the vehicle: {@link composeLock} of {@link TABLES}. */
export const stepLock: LockStepper = composeLock(TABLES);
