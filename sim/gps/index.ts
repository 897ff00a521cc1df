/** What a virtual receiver says once a second. */
export interface GpsState {
  latitudeDeg: number;
  longitudeDeg: number;
  unixS: number;
  /** Without one it says so (V, quality 0), as in a garage. */
  hasFix: boolean;
  hdop: number;
}

/** What a receiver may do wrong. `rollover`: its week number is 1024 too small. `noise`: bytes between the sentences. */
export const GPS_FAULTS = ["none", "silent", "noise", "badCheck", "rollover"] as const;
export type GpsFault = (typeof GPS_FAULTS)[number];

const ROLLOVER_S = 1024 * 7 * 86_400;

/** The three sentences of one second, as a receiver of several constellations gives them: RMC, GGA, ZDA (NMEA 0183). */
export function sentencesOf(state: GpsState, fault: GpsFault = "none"): string {
  if (fault === "silent") return "";
  const { latitudeDeg, longitudeDeg, hasFix, hdop } = state;
  const unixS = fault === "rollover" ? state.unixS - ROLLOVER_S : state.unixS;
  const date = dateOf(Math.floor(unixS / 86_400));
  const [year, month, day] = [date.year, two(date.month), two(date.day)];
  const ofDay = unixS % 86_400;
  const time = `${two(Math.floor(ofDay / 3600))}${two(Math.floor(ofDay / 60) % 60)}${two(ofDay % 60)}.00`;
  const place = hasFix ? `${angle(latitudeDeg, 2)},${latitudeDeg < 0 ? "S" : "N"},${angle(longitudeDeg, 3)},${longitudeDeg < 0 ? "W" : "E"}` : ",,,";
  const sentences = [
    `GNRMC,${time},${hasFix ? "A" : "V"},${place},0.0,,${day}${month}${String(year % 100).padStart(2, "0")},,,${hasFix ? "A" : "N"}`,
    `GNGGA,${time},${place},${hasFix ? "1,09" : "0,00"},${hdop.toFixed(1)},${hasFix ? "520.0" : ""},M,,M,,`,
    `GNZDA,${time},${day},${month},${year},00,00`,
  ];
  const noise = fault === "noise" ? "\u0000\u00ff$GP,\u0007*zz\r\n$$$" : "";
  return sentences.map((body) => `${noise}$${body}*${checkOf(fault === "badCheck" ? `${body}x` : body)}\r\n`).join("");
}

/** The date that lies `days` after 1970-01-01, in the Gregorian calendar; not before that day. */
function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  let [year, left] = [1970, days];
  for (; left >= daysOfYear(year); year++) left -= daysOfYear(year);
  const lengths = [31, daysOfYear(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  let month = 0;
  for (; left >= lengths[month]!; month++) left -= lengths[month]!;
  return { year, month: month + 1, day: left + 1 };
}

function daysOfYear(year: number): number {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 366 : 365;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** ddmm.mmmm or dddmm.mmmm. */
function angle(degrees: number, digits: number): string {
  const tenThousandths = Math.round(Math.abs(degrees) * 60 * 10_000);
  const whole = Math.floor(tenThousandths / 600_000);
  return `${String(whole).padStart(digits, "0")}${((tenThousandths % 600_000) / 10_000).toFixed(4).padStart(7, "0")}`;
}

function checkOf(body: string): string {
  let check = 0;
  for (let i = 0; i < body.length; i++) check ^= body.charCodeAt(i);
  return check.toString(16).toUpperCase().padStart(2, "0");
}
