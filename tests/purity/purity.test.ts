import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const BIN = join(ROOT, "node_modules/.bin");

/** Inside the checkout, so that tools resolve. */
let houses: string;

beforeAll(() => {
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  houses = mkdtempSync(join(ROOT, "dist/purity-"));
});

afterAll(() => rmSync(houses, { recursive: true, force: true }));

interface Violation {
  readonly what: string;
  /** The room to plant it in. */
  readonly room: string;
  readonly source: string;
  /** What the gate must say of it. */
  readonly complaint: string;
}

/** A copy of the house, without its tests, in which every violation is planted in a file of its own. */
function houseWith(violations: readonly Violation[]): string {
  const house = mkdtempSync(join(houses, "house-"));
  for (const part of ["firmware", "hal", "sim", "scripts", "package.json", "tsconfig.base.json", "eslint.config.js", ".dependency-cruiser.cjs", "tests/tsconfig.json"]) {
    mkdirSync(dirname(join(house, part)), { recursive: true });
    cpSync(join(ROOT, part), join(house, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(house, "node_modules"));
  violations.forEach(({ room, source }, number) => writeFileSync(join(house, plantedAt(room, number)), `${source}\n`));
  return house;
}

const plantedAt = (room: string, number: number): string => `${room}/planted${number}.ts`;

/** The lines a gate prints over a house; none when it lets the house pass. */
function complaints(house: string, tool: string, args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = spawnSync(join(BIN, tool), args, { cwd: house, encoding: "utf8", maxBuffer: 1 << 26 });
  if (status === 0) return [];
  const lines = `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
  expect(lines, `${tool} ended with ${status}`).not.toEqual([]);
  return lines;
}

interface Gate {
  readonly title: string;
  readonly check: (house: string) => readonly string[];
  readonly violations: readonly Violation[];
}

const inFirmware = (what: string, source: string, complaint: string): Violation => ({ what, room: "firmware", source, complaint });
const from = (what: string, room: string, source: string, complaint: string): Violation => ({ what, room, source, complaint });

/** Each message of eslint on one line, behind the path of its file. */
function lint(house: string): readonly string[] {
  return complaints(house, "eslint", ["--no-ignore", "--format", "json", "firmware"]).flatMap((line) => {
    const files = JSON.parse(line) as readonly { readonly filePath: string; readonly messages: readonly { readonly message: string }[] }[];
    return files.flatMap(({ filePath, messages }) => messages.map(({ message }) => `${filePath}: ${message}`));
  });
}

const GATES: readonly Gate[] = [
  {
    title: "gate 1: the compiler knows neither Node nor the DOM in firmware/",
    check: (house) => complaints(house, "tsc", ["-p", "firmware", "--noEmit", "--composite", "false", "--incremental", "false"]),
    violations: [
      inFirmware("process", "export const violation = process.pid;", "process"),
      inFirmware("Buffer", 'export const violation = Buffer.from("x");', "Buffer"),
      inFirmware("setTimeout", "setTimeout(() => undefined, 1);", "setTimeout"),
      inFirmware("queueMicrotask", "queueMicrotask(() => undefined);", "queueMicrotask"),
      inFirmware("console", 'console.log("x");', "console"),
      inFirmware("TextEncoder", "export const violation = new TextEncoder();", "TextEncoder"),
      inFirmware("performance", "export const violation = performance.now();", "performance"),
      inFirmware("fetch", 'export const violation = fetch("x");', "fetch"),
      inFirmware("node:fs", 'import { readFileSync } from "node:fs";\nexport const violation = readFileSync;', "node:fs"),
    ],
  },
  {
    title: "gate 2: lint refuses the time, chance and deferred work that ECMAScript itself offers",
    check: lint,
    violations: [
      inFirmware("Date", "export const violation = Date.now();", "ClockPort"),
      inFirmware("new Date", "export const violation = new Date();", "ClockPort"),
      inFirmware("Intl", "export const violation = new Intl.DateTimeFormat().format();", "no locale"),
      inFirmware("Math.random", "export const violation = Math.random();", "RandomPort"),
      inFirmware('Math["random"]', 'export const violation = Math["random"]();', "RandomPort"),
      inFirmware("random taken out of Math", "const { random } = Math;\nexport const violation = random();", "chance"),
      inFirmware("Math by another name", "const maths = Math;\nexport const violation = maths.random();", "chance"),
      inFirmware("Promise", "export const violation = Promise.resolve(1);", "synchronous"),
      inFirmware("an async function", "export async function violation() {}", "synchronous"),
      inFirmware("an async arrow", "export const violation = async () => 1;", "synchronous"),
      inFirmware("await", "export const violation = await 1;", "synchronous"),
      inFirmware("for await", "for await (const violation of []) void violation;", "synchronous"),
      inFirmware("globalThis", "export const violation = globalThis;", "no global"),
      inFirmware("import()", 'export const violation = import("./index.ts");', "run time"),
      inFirmware("a comment that switches lint off", "// eslint-disable-next-line no-restricted-syntax\nexport const violation = Date.now();", "ClockPort"),
    ],
  },
  {
    title: "gate 3: dependencies point one way",
    check: (house) => complaints(house, "depcruise", ["--config", ".dependency-cruiser.cjs", "firmware", "hal", "sim", "scripts"]),
    violations: [
      from("firmware to hal", "firmware", 'import "../hal/crypto-node/index.ts";', "firmware-imports-only-firmware"),
      from("firmware to a library", "firmware", 'import "tweetnacl";', "firmware-imports-only-firmware"),
      from("firmware to Node", "firmware", 'import "node:fs";', "firmware-imports-only-firmware"),
      from("controller to key", "firmware/controller", 'import "../key/index.ts";', "controller-never-imports-key"),
      from("hal to sim", "hal", 'import "../sim/time/index.ts";', "hal-does-not-know-sim-or-scripts"),
      from("sim to hal", "sim", 'import "../hal/crypto-node/index.ts";', "sim-imports-only-firmware-and-sim"),
      from("sim to a library", "sim", 'import "cbor-x";', "sim-imports-only-firmware-and-sim"),
      from("sim past a door of firmware", "sim", 'import "../firmware/cbor/encode.ts";', "rooms-by-their-door"),
      from("firmware past a door of its own", "firmware/lock", 'import type {} from "../cbor/encode.ts";', "rooms-by-their-door"),
      from("a board past a door of hal", "scripts/board", 'import "../../hal/flash-file/image.ts";', "rooms-by-their-door"),
      from("hal to the network", "hal", 'import "node:https";', "no-network-on-the-unlock-path"),
      from("a board to the network", "scripts/board", 'import "node:net";', "no-network-on-the-unlock-path"),
      from("the socket radio to the lookup of names", "hal/socket-radio", 'import "node:dns";', "sockets-without-names-or-the-web"),
      from("a board to the cloud", "scripts/board", 'import "../cloud/index.ts";', "networked-rooms-stand-alone"),
      from("a car to the cloud, lazily", "scripts/car", 'export const violation = import("../cloud/index.ts");', "networked-rooms-stand-alone"),
      from("a key to the cloud", "scripts/key", 'import "../cloud/api.ts";', "networked-rooms-stand-alone"),
      from("the terminal car to the cloud", "scripts/start", 'import "../cloud/web.ts";', "networked-rooms-stand-alone"),
    ],
  },
];

describe.each(GATES)("$title", ({ check, violations }) => {
  let said: readonly string[];

  beforeAll(() => {
    said = check(houseWith(violations));
  });

  it.each(violations.map((violation, number) => [violation.what, number, violation] as const))("%s is refused", (_what, number, { room, complaint }) => {
    const ofThis = said.filter((line) => line.includes(plantedAt(room, number)));
    expect(ofThis.join("\n")).toContain(complaint);
  });

  it("the house itself passes", () => {
    expect(check(houseWith([]))).toEqual([]);
  });
});
