import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const BIN = join(ROOT, "node_modules/.bin");

/** A copy of the house without its tests, in which one violation at a time is planted. Inside the checkout, so that tools resolve. */
let house: string;

beforeAll(() => {
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  house = mkdtempSync(join(ROOT, "dist/purity-"));
  for (const part of ["firmware", "hal", "sim", "package.json", "tsconfig.base.json", "eslint.config.js", ".dependency-cruiser.cjs"]) {
    cpSync(join(ROOT, part), join(house, part), { recursive: true });
  }
  for (const part of ["scripts", "tests"]) {
    mkdirSync(join(house, part));
    cpSync(join(ROOT, part, "tsconfig.json"), join(house, part, "tsconfig.json"));
  }
  symlinkSync(join(ROOT, "node_modules"), join(house, "node_modules"));
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

function run(tool: string, ...args: string[]): { code: number; output: string } {
  try {
    return { code: 0, output: execFileSync(join(BIN, tool), args, { cwd: house, encoding: "utf8", stdio: "pipe" }) };
  } catch (failure) {
    const { status, stdout, stderr } = failure as { status: number; stdout: string; stderr: string };
    return { code: status, output: stdout + stderr };
  }
}

function planted<T>(file: string, source: string, check: () => T): T {
  const path = join(house, file);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, source);
  try {
    return check();
  } finally {
    rmSync(path);
  }
}

const compile = () => run("tsc", "-p", "firmware", "--noEmit", "--composite", "false", "--incremental", "false");
const lint = () => run("eslint", "--no-ignore", "firmware/planted.ts");
const imports = () => run("depcruise", "--config", ".dependency-cruiser.cjs", "firmware", "hal", "sim");

describe("gate 1: the compiler knows neither Node nor the DOM in firmware/", () => {
  it.each([
    ["process", "export const violation = process.pid;"],
    ["Buffer", 'export const violation = Buffer.from("x");'],
    ["setTimeout", "setTimeout(() => undefined, 1);"],
    ["console", 'console.log("x");'],
    ["TextEncoder", "export const violation = new TextEncoder();"],
    ["performance", "export const violation = performance.now();"],
    ["fetch", 'export const violation = fetch("x");'],
    ["node:fs", 'import { readFileSync } from "node:fs";\nexport const violation = readFileSync;'],
  ])("%s does not compile", (name, source) => {
    const { code, output } = planted("firmware/planted.ts", source, compile);
    expect(code).not.toBe(0);
    expect(output).toMatch(new RegExp(`planted\\.ts.*${name}`));
  });

  it("the house itself compiles", () => expect(compile()).toMatchObject({ code: 0 }));
});

describe("gate 2: lint refuses the time, chance and deferred work that ECMAScript itself offers", () => {
  it.each([
    ["Date", "export const violation = Date.now();", "ClockPort"],
    ["new Date", "export const violation = new Date();", "ClockPort"],
    ["Math.random", "export const violation = Math.random();", "RandomPort"],
    ['Math["random"]', 'export const violation = Math["random"]();', "RandomPort"],
    ["Promise", "export const violation = Promise.resolve(1);", "synchronous"],
    ["an async function", "export async function violation(): Promise<void> {}", "synchronous"],
    ["globalThis", "export const violation = globalThis;", "no global"],
    ["import()", 'export const violation = import("./index.ts");', "run time"],
  ])("%s is refused", (_name, source, message) => {
    const { code, output } = planted("firmware/planted.ts", source, lint);
    expect(code).not.toBe(0);
    expect(output).toContain(message);
  });

  it("a pure file passes", () => {
    expect(planted("firmware/planted.ts", "export const fine = 1;\n", lint)).toMatchObject({ code: 0 });
  });
});

describe("gate 3: dependencies point one way", () => {
  it.each([
    ["firmware to hal", "firmware/planted.ts", 'import "../hal/crypto-node/index.ts";', "firmware-imports-only-firmware"],
    ["firmware to a library", "firmware/planted.ts", 'import "tweetnacl";', "firmware-imports-only-firmware"],
    ["firmware to Node", "firmware/planted.ts", 'import "node:fs";', "firmware-imports-only-firmware"],
    ["controller to key", "firmware/controller/planted.ts", 'import "../key/index.ts";', "controller-never-imports-key"],
    ["hal to sim", "hal/planted.ts", 'import "../sim/time/index.ts";', "hal-does-not-know-sim-or-scripts"],
    ["sim to hal", "sim/planted.ts", 'import "../hal/crypto-node/index.ts";', "sim-imports-only-firmware-and-sim"],
    ["sim to a library", "sim/planted.ts", 'import "cbor-x";', "sim-imports-only-firmware-and-sim"],
    ["sim past a door", "sim/planted.ts", 'import "../firmware/cbor/encode.ts";', "firmware-doors-only"],
    ["hal to the network", "hal/planted.ts", 'import "node:https";', "no-network-on-the-unlock-path"],
  ])("%s is refused", (_name, file, source, rule) => {
    const { code, output } = planted(file, source, imports);
    expect(code).not.toBe(0);
    expect(output).toContain(rule);
  });

  it("the house itself obeys", () => expect(imports()).toMatchObject({ code: 0 }));
});
