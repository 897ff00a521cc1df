import type { Sentence } from "./sentence.ts";

/** A place on the ground (WGS 84). */
export interface Position {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
}

export interface GgaFix extends Position {
  readonly satellites: number;
  /** Dilution of precision, horizontal. */
  readonly hdop: number | undefined;
}

/** Fix qualities that are measured: GPS, DGPS, PPS, RTK, float RTK. Dead reckoning, a manual entry and a simulator's are none. */
const MEASURED = new Set(["1", "2", "3", "4", "5"]);
/** Modes of RMC that are measured; older receivers give none. */
const MEASURED_MODES = new Set(["A", "D", "P", "R", "F"]);

/** GPS counts weeks modulo 1024 (IS-GPS-200 section 20.3.3.3.1.1): a receiver that missed a roll-over tells a time this many seconds ago. */
export const ROLLOVER_S = 1024 * 7 * 86_400;
const TWENTY_YEARS_S = 20 * 365.25 * 86_400;

/** Position and quality of a GGA sentence; undefined without a measured fix. */
export function fixOfGga({ fields }: Sentence): GgaFix | undefined {
  const position = positionOf(fields[1], fields[2], fields[3], fields[4]);
  if (position === undefined || !MEASURED.has(fields[5] ?? "")) return undefined;
  const hdop = decimal(fields[7], 0, 100);
  return { ...position, satellites: decimal(fields[6], 0, 99) ?? 0, hdop };
}

/** Position of a valid RMC sentence. */
export function positionOfRmc({ fields }: Sentence): Position | undefined {
  return isValidRmc(fields) ? positionOf(fields[2], fields[3], fields[4], fields[5]) : undefined;
}

/** Unix seconds of a valid RMC sentence; its year has two digits. A receiver without a fix tells its factory's date: no time is taken from it. */
export function timeOfRmc({ fields }: Sentence): number | undefined {
  const date = /^(\d\d)(\d\d)(\d\d)$/.exec(fields[8] ?? "");
  if (!isValidRmc(fields) || date === null) return undefined;
  const [, day, month, year] = date.map(Number) as [number, number, number, number];
  return unixOf({ year: year >= 80 ? 1900 + year : 2000 + year, month, day }, fields[0]);
}

/** Unix seconds of a ZDA sentence, whose year has four digits. It does not say whether there is a fix. */
export function timeOfZda({ fields }: Sentence): number | undefined {
  const numbers = [fields[1], fields[2], fields[3]].map((text) => (/^\d{1,4}$/.test(text ?? "") ? Number(text) : NaN)) as [number, number, number];
  const [day, month, year] = numbers;
  return unixOf({ year, month, day }, fields[0]);
}

/**
 * `unixS` moved ahead by roll-overs of the week number until it is not before `builtS`, when the program was made; undefined where that
 * lands more than twenty years after it.
 */
export function correctRollover(unixS: number, builtS: number): { readonly unixS: number; readonly corrected: boolean } | undefined {
  const weeks = unixS >= builtS ? 0 : Math.ceil((builtS - unixS) / ROLLOVER_S);
  const moved = unixS + weeks * ROLLOVER_S;
  return moved > builtS + TWENTY_YEARS_S ? undefined : { unixS: moved, corrected: weeks > 0 };
}

function isValidRmc(fields: readonly string[]): boolean {
  const mode = fields[11] ?? "";
  return fields[1] === "A" && (mode === "" || MEASURED_MODES.has(mode));
}

function positionOf(latitude: string | undefined, ns: string | undefined, longitude: string | undefined, ew: string | undefined): Position | undefined {
  const latitudeDeg = degrees(latitude, 2, 90);
  const longitudeDeg = degrees(longitude, 3, 180);
  if (latitudeDeg === undefined || longitudeDeg === undefined || !/^[NS]$/.test(ns ?? "") || !/^[EW]$/.test(ew ?? "")) return undefined;
  return { latitudeDeg: ns === "S" ? -latitudeDeg : latitudeDeg, longitudeDeg: ew === "W" ? -longitudeDeg : longitudeDeg };
}

/** ddmm.mmmm or dddmm.mmmm: degrees, and minutes with a fraction. */
function degrees(text: string | undefined, digits: number, max: number): number | undefined {
  const match = new RegExp(`^(\\d{${digits}})(\\d\\d(?:\\.\\d{1,8})?)$`).exec(text ?? "");
  if (match === null) return undefined;
  const minutes = Number(match[2]);
  const value = Number(match[1]) + minutes / 60;
  return minutes < 60 && value <= max ? value : undefined;
}

function decimal(text: string | undefined, min: number, max: number): number | undefined {
  const value = /^\d{1,5}(\.\d{1,4})?$/.test(text ?? "") ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}

function unixOf({ year, month, day }: { readonly year: number; readonly month: number; readonly day: number }, time: string | undefined): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)(?:\.\d{1,4})?$/.exec(time ?? "");
  if (match === null || !(year >= 1980 && year <= 9999)) return undefined;
  const [, hour, minute, second] = match.map(Number) as [number, number, number, number];
  const moment = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59));
  const back = new Date(moment);
  // The 31st of February comes back as another day. A leap second counts as the one before it.
  const isDate = back.getUTCDate() === day && back.getUTCMonth() === month - 1 && hour < 24 && minute < 60 && second <= 60;
  return isDate ? moment / 1000 : undefined;
}
