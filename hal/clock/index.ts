import type { ClockPort } from "../../firmware/ports/index.ts";

/** What a wall clock shows and who says so. `none`: this machine's clock was never set, see {@link EARLIEST_PLAUSIBLE_UNIX_S}. */
export interface WallReading {
  readonly unixS: number;
  readonly source: "system" | "none";
}

/** 2025-01-01T00:00:00Z: a clock that shows less was not set since power-up, as on a Pi without a clock chip. */
export const EARLIEST_PLAUSIBLE_UNIX_S = 1_735_689_600;

/** Whole milliseconds since the machine started: never backwards, and no date that is set moves it. Time asleep need not count. */
export function createMonotonicClock(readNanoseconds: () => bigint = process.hrtime.bigint): ClockPort {
  let latestMs = 0;
  return {
    monotonicMs() {
      latestMs = Math.max(latestMs, Number(readNanoseconds() / 1_000_000n));
      return latestMs;
    },
  };
}

/**
 * The machine's wall clock in whole seconds with the name of its source. It says what the machine believes; how far that is
 * trusted is the firmware's to decide.
 */
export function readWallClock(readMs: () => number = Date.now): WallReading {
  const unixS = Math.floor(readMs() / 1000);
  return { unixS, source: unixS < EARLIEST_PLAUSIBLE_UNIX_S ? "none" : "system" };
}
