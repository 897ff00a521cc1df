import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the package: the first one above this file that has a package.json, from the sources as from dist/. */
const ROOT = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error("latchkey is not installed whole: its package.json is missing");
    folder = above;
  }
  return folder;
})();

/** Absolute path of a file that ships in the package. */
export function packagePath(...parts: readonly string[]): string {
  return join(ROOT, ...parts);
}

/** The whole program as one file that runs wherever it lies: what an update carries. Made by the build; a program that is one names itself. */
export function bundlePath(): string {
  return packagePath("dist", "release", "latchkey.mjs");
}

/** A JSON file that ships in the package. */
export function packageJson(...parts: readonly string[]): unknown {
  return JSON.parse(readFileSync(packagePath(...parts), "utf8"));
}
