import { resolve } from "node:path";
import { UsageError, type OptionDescription, type OptionValues } from "../cli/command.ts";
import { isVin } from "../../firmware/tesla/index.ts";
import { VIRTUAL_VIN } from "../board/tesla.ts";
import { dialectsOf } from "../cli/dialects.ts";
import { DRIVER_OPTION, driverOf } from "../cli/driver.ts";
import { defaultFlashPath } from "../config/flash-path.ts";
import { parseAddress } from "../config/listen.ts";
import { requireCarConfig, type CarConfig } from "../config/car-config.ts";
import type { BluetoothDriver } from "../../hal/ble/index.ts";
import type { SocketAddress } from "../../hal/socket-radio/index.ts";

export const FLASH_OPTIONS: Readonly<Record<string, OptionDescription>> = {
  flash: { type: "string", value: "FILE", help: "the flash file (default: latchkey/car.flash in the user's state folder)" },
  config: { type: "string", value: "FILE", help: "the car's configuration (docs/car-config.schema.json)" },
};

export const RUN_OPTIONS: Readonly<Record<string, OptionDescription>> = {
  board: { type: "string", value: "virtual|pi", help: "what the car runs on (default virtual)" },
  radio: { type: "string", value: "socket|ble|external[:PATH]", help: "how keys reach it (default socket); external: `latchkey radio` is started by somebody else, and attaches at PATH" },
  adapter: { type: "string", value: "hciN", help: "the Bluetooth adapter of --radio ble (default: the first)" },
  ...DRIVER_OPTION,
  dialects: { type: "string", value: "native|native,tesla", help: "the protocols that keys may speak (default: both over the socket of a virtual car, or where --vin is given; native alone over Bluetooth, where the Tesla name lets anyone track the car)" },
  vin: { type: "string", value: "VIN", help: "the 17 characters by which Tesla's clients know the car (a virtual car has one of its own)" },
  "tesla-open-key-list": { type: "boolean", help: "tell the list of keys to whoever asks over the Tesla dialect, as real cars do" },
  listen: { type: "string", value: "HOST:PORT", help: "of the socket radio (default 127.0.0.1:4150; port 0: any free one)" },
  "allow-remote": { type: "boolean", help: "let other machines attach; their links prove no proximity" },
  uplink: { type: "string", value: "URL|external[:PATH]", help: "a cloud to tell how the car is, and to take requests from (default none); external: `latchkey uplink` is started by somebody else" },
  "uplink-token": { type: "string", value: "FILE", help: "what `latchkey app register` wrote, for --uplink URL" },
  "no-position": { type: "boolean", help: "the cloud is not told where the car is" },
  ...FLASH_OPTIONS,
  slots: { type: "string", value: "FOLDER", help: "given by latchkey boot: where the two slots of the firmware are" },
  "confirm-after": { type: "string", value: "60s", help: "given by latchkey boot: how long an update on trial runs before it is confirmed" },
  name: { type: "string", value: "NAME", help: "what the screen calls this car" },
  "no-tui": { type: "boolean", help: "log lines on stderr instead of the picture" },
};

/** What to run, from options over the configuration over defaults. */
export interface RunChoices {
  readonly board: "virtual" | "pi";
  readonly radio: "socket" | "ble" | "external";
  /** Where an external radio attaches; undefined: a place of the car's own. */
  readonly radioSocket: string | undefined;
  readonly adapter: string | undefined;
  readonly driver: BluetoothDriver;
  /** Undefined: the native dialect alone. */
  readonly tesla: { readonly vin: string; readonly openKeyList: boolean } | undefined;
  readonly uplink: { readonly kind: "url"; readonly url: string; readonly tokenFile: string } | { readonly kind: "external"; readonly path: string | undefined } | undefined;
  readonly tellsPosition: boolean;
  readonly listen: SocketAddress;
  readonly allowRemote: boolean;
  readonly flashPath: string;
  readonly config: CarConfig;
  /** Where the boot loader that started this car keeps the firmware. */
  readonly slots: string | undefined;
  readonly confirmAfterMs: number | undefined;
  readonly name: string;
}

const NAME_LENGTH_MAX = 32;

export async function choicesOf(values: OptionValues): Promise<RunChoices> {
  const config = await requireCarConfig(text(values, "config"));
  const name = text(values, "name") ?? "virtual car";
  if (name === "" || name.length > NAME_LENGTH_MAX || /\p{Cc}/u.test(name)) throw new UsageError(`--name is 1 to ${NAME_LENGTH_MAX} letters`);
  const board = oneOf(values, "board", ["virtual", "pi"]);
  const radio = radioOf(text(values, "radio") ?? "socket");
  return {
    board,
    ...radio,
    tesla: teslaOf(values, board, radio.radio),
    adapter: text(values, "adapter"),
    driver: driverOf(values),
    uplink: uplinkOf(text(values, "uplink"), text(values, "uplink-token")),
    tellsPosition: values["no-position"] !== true,
    listen: addressOf(text(values, "listen") ?? config.listen),
    allowRemote: values["allow-remote"] === true || config.allowRemote,
    flashPath: flashPathOf(values, config),
    config,
    slots: text(values, "slots"),
    confirmAfterMs: durationMs(text(values, "confirm-after"), "confirm-after"),
    name,
  };
}

/** The flash file that options or configuration name, as an absolute path. */
export function flashPathOf(values: OptionValues, config: CarConfig): string {
  return resolve(text(values, "flash") ?? config.flash.path ?? defaultFlashPath());
}

/** A duration such as 90s, 15m or 2h in milliseconds. */
export function durationMs(word: string | undefined, option: string): number | undefined {
  if (word === undefined) return undefined;
  const match = /^([0-9]{1,6})(s|m|h)$/.exec(word);
  if (match === null) throw new UsageError(`--${option} takes a duration such as 90s, 15m or 2h`);
  return Number(match[1]) * { s: 1_000, m: 60_000, h: 3_600_000 }[match[2] as "s" | "m" | "h"];
}

function oneOf<W extends string>(values: OptionValues, option: string, words: readonly [W, ...W[]]): W {
  const word = text(values, option) ?? words[0];
  const found = words.find((candidate) => candidate === word);
  if (found === undefined) throw new UsageError(`--${option} ${word} is not known; use one of: ${words.join(", ")}`);
  return found;
}

/** `external`, or `external:PATH`: something that somebody else starts, and where it attaches. */
function externalOf(word: string): { readonly path: string | undefined } | undefined {
  const match = /^external(?::(.+))?$/s.exec(word);
  return match === null ? undefined : { path: match[1] === undefined ? undefined : resolve(match[1]) };
}

function radioOf(word: string): Pick<RunChoices, "radio" | "radioSocket"> {
  if (word === "socket" || word === "ble") return { radio: word, radioSocket: undefined };
  const external = externalOf(word);
  if (external === undefined) throw new UsageError(`--radio ${word} is not known; use one of: socket, ble, external, external:PATH`);
  return { radio: "external", radioSocket: external.path };
}

function uplinkOf(word: string | undefined, tokenFile: string | undefined): RunChoices["uplink"] {
  if (word === undefined) return undefined;
  const external = externalOf(word);
  if (external !== undefined) return { kind: "external", ...external };
  if (!/^https?:\/\//.test(word)) throw new UsageError(`--uplink ${word} is not known; write an https:// address, external or external:PATH`);
  if (tokenFile === undefined) throw new UsageError("--uplink-token FILE is missing: what `latchkey app register` wrote");
  return { kind: "url", url: word, tokenFile: resolve(tokenFile) };
}

/** The Tesla dialect: asked for, or by default where it costs nobody his privacy. */
function teslaOf(values: OptionValues, board: RunChoices["board"], radio: RunChoices["radio"]): RunChoices["tesla"] {
  const vin = text(values, "vin") ?? (board === "virtual" ? VIRTUAL_VIN : undefined);
  const openKeyList = values["tesla-open-key-list"] === true;
  const asked = values["dialects"] === undefined ? undefined : dialectsOf(values).includes("tesla");
  if (!(asked ?? (radio === "socket" && vin !== undefined))) {
    if (text(values, "vin") !== undefined && asked === false) throw new UsageError("--vin is for the Tesla dialect, which --dialects leaves out; use --dialects native,tesla");
    if (openKeyList) throw new UsageError("--tesla-open-key-list is for the Tesla dialect, which is not spoken; use --dialects native,tesla");
    return undefined;
  }
  if (vin === undefined) throw new UsageError("--vin VIN is missing: Tesla's clients know a car by it");
  if (!isVin(vin)) throw new UsageError(`--vin ${vin} is none: it has 17 letters and digits, none of them I, O or Q`);
  return { vin, openKeyList };
}

function addressOf(word: string): SocketAddress {
  const address = parseAddress(word);
  if (address === undefined) throw new UsageError(`--listen ${word} is not understood; write HOST:PORT`);
  return address;
}

function text(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}
