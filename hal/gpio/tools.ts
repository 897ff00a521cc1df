import { execFile } from "node:child_process";
import { err, ok, type Result } from "../../firmware/base/index.ts";

/** What stands in the way of GPIO lines, with what mends it. */
export interface GpioFault {
  readonly kind: "toolsMissing" | "toolsUnknown" | "noChip";
  readonly found: string;
  readonly wayOut: string;
}

/** The chips of the 40-pin header by their kernel labels: Pi 5, Pi 4, and older. Numbers change with the kernel, labels do not. */
export const PI_CHIP_LABELS: readonly string[] = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"];

export type Pull = "up" | "down" | "none";

/** How a group of lines is asked for. Lines are offsets on the chip, on a Pi the BCM numbers. */
export interface LineRequest {
  readonly chip: string;
  readonly activeLow: boolean;
  readonly pull: Pull | undefined;
}

/** The gpiod command-line tools in the syntax that is installed: version 1 (Debian 12) or 2 (Debian 13). */
export interface GpioTools {
  readonly version: 1 | 2;
  readonly folder: string | undefined;
  /** Prints `EVENT OFFSET SECONDS.NANOSECONDS` for each edge, EVENT 1 for rising, else falling, until it is killed. */
  monitor(request: LineRequest, lines: readonly number[]): Command;
  /** Prints the values of the lines, 0 or 1, in their order. */
  read(request: LineRequest, lines: readonly number[]): Command;
  /** Drives a line for `durationMs`, then lets go and ends; killed, it lets go at once. */
  pulse(request: LineRequest, line: number, durationMs: number): Command;
  /** Drives a line until it is killed. */
  hold(request: LineRequest, line: number): Command;
}

export type Command = readonly [string, ...string[]];

const TIMEOUT_MS = 5_000;
const OUTPUT_BYTES_MAX = 64 * 1024;

/** Asks the tools for their version once. `folder`: where they lie, if not on the path. */
export async function findGpioTools(folder?: string): Promise<Result<GpioTools, GpioFault>> {
  const printed = await run([program(folder, "gpioset"), "--version"]);
  const wayOut = "sudo apt-get install gpiod";
  if (!printed.ok) return err({ kind: "toolsMissing", found: `the gpiod tools do not run: ${printed.error}`, wayOut });
  const version = /\bv?([0-9]+)\.[0-9]+/.exec(printed.value)?.[1];
  if (version === "1") return ok(version1(folder));
  if (version === "2") return ok(version2(folder));
  return err({ kind: "toolsUnknown", found: "gpioset is of a version other than 1 and 2", wayOut });
}

/** The name of the chip that bears one of `labels`, for example `gpiochip0`. */
export async function findChip(tools: GpioTools, labels: readonly string[]): Promise<Result<string, GpioFault>> {
  const printed = await run([program(tools.folder, "gpiodetect")]);
  const chips = printed.ok ? [...printed.value.matchAll(/^(gpiochip[0-9]+) \[([^\]]*)\]/gm)].map(([, name, label]) => ({ name: name!, label: label! })) : [];
  const found = chips.find(({ label }) => labels.includes(label));
  if (found !== undefined) return ok(found.name);
  const seen = chips.length === 0 ? (printed.ok ? "there are none" : printed.error) : `there are ${chips.map(({ label }) => label).join(", ")}`;
  return err({ kind: "noChip", found: `no GPIO chip is labelled ${labels.join(" or ")}: ${seen}`, wayOut: "Name the label that gpiodetect shows in the configuration; the user must be in the group gpio." });
}

/** What a command prints, or why it failed. */
export function run([file, ...args]: Command): Promise<Result<string, string>> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX }, (fault, stdout, stderr) => {
      resolve(fault === null ? ok(stdout) : err(stderr.trim().split("\n")[0] || fault.message));
    });
  });
}

function program(folder: string | undefined, name: string): string {
  return folder === undefined ? name : `${folder}/${name}`;
}

function version1(folder: string | undefined): GpioTools {
  const flags = ({ activeLow, pull }: LineRequest): readonly string[] => [...(activeLow ? ["--active-low"] : []), ...(pull === undefined ? [] : [`--bias=${pull === "none" ? "disable" : `pull-${pull}`}`])];
  return {
    version: 1,
    folder,
    monitor: (request, lines) => [program(folder, "gpiomon"), ...flags(request), "--line-buffered", "--format=%e %o %s.%n", request.chip, ...lines.map(String)],
    read: (request, lines) => [program(folder, "gpioget"), ...flags(request), request.chip, ...lines.map(String)],
    pulse: (request, line, durationMs) => [program(folder, "gpioset"), ...flags(request), "--mode=time", `--usec=${durationMs * 1000}`, request.chip, `${line}=1`],
    hold: (request, line) => [program(folder, "gpioset"), ...flags(request), "--mode=signal", request.chip, `${line}=1`],
  };
}

function version2(folder: string | undefined): GpioTools {
  const flags = ({ chip, activeLow, pull }: LineRequest): readonly string[] => ["--chip", chip, ...(activeLow ? ["--active-low"] : []), ...(pull === undefined ? [] : ["--bias", pull === "none" ? "disabled" : `pull-${pull}`])];
  return {
    version: 2,
    folder,
    monitor: (request, lines) => [program(folder, "gpiomon"), ...flags(request), "--edges", "both", "--format", "%e %o %S", ...lines.map(String)],
    read: (request, lines) => [program(folder, "gpioget"), ...flags(request), "--numeric", ...lines.map(String)],
    pulse: (request, line, durationMs) => [program(folder, "gpioset"), ...flags(request), "--toggle", `${durationMs}ms,0`, `${line}=1`],
    hold: (request, line) => [program(folder, "gpioset"), ...flags(request), `${line}=1`],
  };
}
