import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = ["firmware", "hal", "sim", "scripts", "package.json", "tsconfig.base.json"];
const BUILT = join(ROOT, "dist", "bin", "latchkey.js");

/** Once before all tests: what a person starts is built, where it is missing or older than its sources. Tests build nothing. */
export function setup(): void {
  if (!startsPrograms(process.argv.slice(2)) || newestMs(SOURCES.map((name) => join(ROOT, name))) <= mtimeMs(BUILT)) return;
  for (const args of [["node_modules/typescript/bin/tsc", "-b", "tsconfig.build.json"], ["dist/scripts/build/bundle.js"]]) {
    const step = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
    if (step.status !== 0) throw new Error(`node ${args.join(" ")} ended with ${step.status}:\n${step.stdout}${step.stderr}`);
  }
}

/** Whether the tests asked for may be some that start the built program: all but those named by paths elsewhere. */
function startsPrograms(args: readonly string[]): boolean {
  const paths = args.filter((arg) => arg.startsWith("tests/"));
  return paths.length === 0 || paths.some((path) => path.startsWith("tests/processes") || path.startsWith("tests/peers"));
}

function newestMs(paths: readonly string[]): number {
  return Math.max(...paths.map((path) => (statSync(path).isDirectory() ? newestMs(readdirSync(path).map((name) => join(path, name))) : mtimeMs(path))));
}

function mtimeMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
