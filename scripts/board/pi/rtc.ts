import { readFileSync } from "node:fs";
import { EARLIEST_PLAUSIBLE_UNIX_S } from "../../../hal/clock/index.ts";
import type { OpenDevice } from "./device.ts";

/** Where the kernel shows a real-time clock, in seconds since 1970. */
export const RTC_PATH = "/sys/class/rtc/rtc0/since_epoch";

/** The real-time clock, read once at the start: later the firmware counts by itself. A clock whose cell is dead shows 1970 or 2000, which is no time. */
export function rtcDevice(noticed: (what: string) => void, path = RTC_PATH): OpenDevice {
  return (tell) => {
    const text = textOf(path);
    const unixS = Number(text);
    if (text !== undefined && Number.isSafeInteger(unixS) && unixS >= EARLIEST_PLAUSIBLE_UNIX_S) tell({ kind: "timeReported", source: "rtc", unixS });
    else if (text !== undefined) noticed("the real-time clock shows no time: its cell may be dead");
    return { close: () => undefined };
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
