import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { EARLIEST_PLAUSIBLE_UNIX_S } from "../../hal/clock/index.ts";
import { findGpioTools, type GpioFault } from "../../hal/gpio/index.ts";
import { serialFault, type SerialFault } from "../../hal/serial-line/index.ts";
import { entriesOf, textOf } from "../../hal/system-files/index.ts";
import type { Check } from "./checks.ts";

/** Where to look; the machine's own places unless given. */
export interface SerialPlaces {
  readonly dev?: string;
  readonly proc?: string;
  readonly sys?: string;
  readonly isUsable?: (path: string) => boolean;
  readonly serialFault?: () => SerialFault | undefined;
  /** The version of the gpiod tools, or why there are none. */
  readonly gpioTools?: () => Promise<1 | 2 | GpioFault>;
}

/** Looks at what the pi board needs: serial ports, GPIO and the real-time clock. Changes and opens no port. */
export async function serialChecks(places: SerialPlaces = {}): Promise<readonly Check[]> {
  const dev = places.dev ?? "/dev";
  const ports = entriesOf(dev).filter((name) => /^(ttyUSB|ttyACM|ttyAMA|serial)[0-9]+$/.test(name));
  return [...portChecks(dev, ports, places), ...trapChecks(ports, places), await gpioCheck(dev, places), ...rtcCheck(places)];
}

function portChecks(dev: string, ports: readonly string[], places: SerialPlaces): readonly Check[] {
  const fault = (places.serialFault ?? serialFault)();
  const unreachable: readonly Check[] = fault === undefined ? [] : [{ what: "serial", state: ports.length === 0 ? "warning" : "fault", found: fault.found, wayOut: fault.wayOut }];
  if (ports.length === 0) return [...unreachable, { what: "serial", state: "absent", found: "no serial port", wayOut: "Not needed by a virtual car." }];
  const closed = ports.filter((name) => !(places.isUsable ?? isUsable)(join(dev, name)));
  if (closed.length > 0) return [...unreachable, { what: "serial", state: "fault", found: `no permission for ${closed.join(", ")}`, wayOut: "Add this user to the group of the device: sudo usermod -aG dialout $USER, then log in again." }];
  const lasting = entriesOf(join(dev, "serial", "by-path"));
  const wayOut = lasting.length === 0 ? "" : `In a configuration use a name that stays: ${lasting.map((name) => join(dev, "serial", "by-path", name)).join(", ")}`;
  return [...unreachable, { what: "serial", state: "ok", found: ports.join(", "), wayOut }];
}

/** Programs that open serial ports of others. */
const TRAPS = [
  { program: "brltty", does: "takes USB serial adapters of the CH340 kind for Braille displays", wayOut: "sudo apt-get remove brltty" },
  { program: "ModemManager", does: "writes modem commands to each new serial port, which a relay board may act on", wayOut: "sudo systemctl disable --now ModemManager" },
] as const;

function trapChecks(ports: readonly string[], places: SerialPlaces): readonly Check[] {
  if (!ports.some((name) => /^tty(USB|ACM)/.test(name))) return [];
  const proc = places.proc ?? "/proc";
  const running = new Set(entriesOf(proc).filter((pid) => /^[0-9]+$/.test(pid)).map((pid) => textOf(join(proc, pid, "comm"))));
  return TRAPS.filter(({ program }) => running.has(program)).map(({ program, does, wayOut }) => ({ what: "serial", state: "warning" as const, found: `${program} runs: it ${does}`, wayOut }));
}

async function gpioCheck(dev: string, places: SerialPlaces): Promise<Check> {
  if (!entriesOf(dev).some((name) => /^gpiochip[0-9]+$/.test(name))) return { what: "gpio", state: "absent", found: "no GPIO chip", wayOut: "Not needed by a virtual car." };
  const tools = await (places.gpioTools ?? installedTools)();
  if (typeof tools === "number") return { what: "gpio", state: "ok", found: `gpiod tools of version ${tools}`, wayOut: "" };
  return { what: "gpio", state: "warning", found: tools.found, wayOut: `${tools.wayOut} (only for inputs and relays on GPIO lines)` };
}

async function installedTools(): Promise<1 | 2 | GpioFault> {
  const found = await findGpioTools();
  return found.ok ? found.value.version : found.error;
}

function rtcCheck(places: SerialPlaces): readonly Check[] {
  const text = textOf(join(places.sys ?? "/sys", "class", "rtc", "rtc0", "since_epoch"));
  if (text === undefined) return [];
  const unixS = Number(text);
  if (Number.isSafeInteger(unixS) && unixS >= EARLIEST_PLAUSIBLE_UNIX_S) return [{ what: "rtc", state: "ok", found: new Date(unixS * 1000).toISOString(), wayOut: "" }];
  return [{ what: "rtc", state: "warning", found: "the real-time clock shows no time", wayOut: "Replace its cell (on a Pi 5: connector J5), then set it: sudo hwclock --systohc" }];
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
