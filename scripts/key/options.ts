import { homedir } from "node:os";
import { join } from "node:path";
import type { BluetoothDriver } from "../../hal/ble/index.ts";
import type { SocketAddress } from "../../hal/socket-radio/index.ts";
import { UsageError, type OptionDescription, type OptionValues } from "../cli/command.ts";
import { DRIVER_OPTION, driverOf } from "../cli/driver.ts";
import { DEFAULT_LISTEN, parseAddress } from "../config/listen.ts";

/** Options of every key command. */
export const FILE_OPTION: Readonly<Record<string, OptionDescription>> = {
  file: { type: "string", value: "PATH", help: "the key file (default: LATCHKEY_KEY_FILE, or latchkey/key in the user's data folder)" },
};

/** Options of the key commands that speak with a car. */
export const CAR_OPTIONS: Readonly<Record<string, OptionDescription>> = {
  ...FILE_OPTION,
  via: { type: "string", value: "socket:HOST:PORT|ble[:hciN]", help: `how to reach the car (default: socket:${DEFAULT_LISTEN})` },
  ...DRIVER_OPTION,
  car: { type: "string", value: "LABEL|ID", help: "which car, where this key knows several" },
};

export function keyFileOf(values: OptionValues): string {
  const asked = textOf(values, "file");
  if (asked === "") throw new UsageError("--file names no file");
  const named = asked ?? process.env["LATCHKEY_KEY_FILE"];
  if (named !== undefined && named !== "") return named;
  const data = process.env["XDG_DATA_HOME"];
  return join(data === undefined || data === "" ? join(homedir(), ".local", "share") : data, "latchkey", "key");
}

/** How a key reaches its car. */
export type Via = { readonly kind: "socket"; readonly at: SocketAddress } | { readonly kind: "ble"; readonly driver: BluetoothDriver; readonly adapter: string | undefined };

/** `socket:HOST:PORT`, the HOST of an IPv6 address in brackets; or `ble`, or `ble:hciN`. */
export function viaOf(values: OptionValues): Via {
  const text = String(values["via"] ?? `socket:${DEFAULT_LISTEN}`);
  const ble = /^ble(?::(hci[0-9]{1,3}))?$/.exec(text);
  if (ble !== null) return { kind: "ble", driver: driverOf(values), adapter: ble[1] };
  const at = text.startsWith("socket:") ? parseAddress(text.slice("socket:".length)) : undefined;
  if (at === undefined) throw new UsageError(`--via ${text} is not understood; write socket:HOST:PORT, ble or ble:hciN`);
  return { kind: "socket", at };
}

/** A whole number in an option, within bounds. */
export function countOf(values: OptionValues, name: string, bounds: { readonly min: number; readonly max: number }): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = typeof text === "string" && /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (!(value >= bounds.min && value <= bounds.max)) throw new UsageError(`--${name} takes a whole number from ${bounds.min} to ${bounds.max}`);
  return value;
}

/** A duration such as 90s, 15m, 2h or 7d, in seconds. */
export function durationOf(text: string, option: string): number {
  const match = /^([0-9]{1,6})(s|m|h|d)$/.exec(text);
  if (match === null) throw new UsageError(`--${option} takes a duration such as 90s, 15m, 2h or 7d`);
  return Number(match[1]) * { s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as "s" | "m" | "h" | "d"];
}

export function textOf(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}
