import type { ComfortState } from "../comfort/index.ts";

/** What the comfort systems have said last, and whether what shows it is awake. A board that never reports has none. */
export class ComfortReports {
  state: ComfortState | undefined;
  infotainment: "awake" | "asleep" | "booting" = "awake";
}
