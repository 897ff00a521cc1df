import { readFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";
import { packagePath } from "../cli/package-file.ts";

/** Files of the package that the program reads at run time. */
const CARRIED_FILES = ["package.json", "docs/car-config.schema.json", "docs/incident.schema.json"] as const;

/** Libraries of the older module format ask for Node's own modules by `require`. */
export const REQUIRE = 'import { createRequire as latchkeyRequire } from "node:module"; const require = latchkeyRequire(import.meta.url);';

/**
 * The whole program as one file that runs wherever it lies, `dist/release/latchkey.mjs`: what an update carries and a slot holds.
 * Libraries and the package's own files travel inside; packages with native parts do not: the boot loader says where they are
 * (hal/optional-package).
 */
export async function buildRelease(outfile: string = packagePath("dist", "release", "latchkey.mjs")): Promise<void> {
  const { optionalDependencies } = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { optionalDependencies: Record<string, string> };
  await build({
    entryPoints: [packagePath("dist", "scripts", "latchkey.js")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: [...Object.keys(optionalDependencies), "cbor-extract"],
    plugins: [carriedFiles],
    banner: { js: REQUIRE },
    minifyWhitespace: true,
    logLevel: "warning",
  });
}

/** Puts the package's files into the program in place of the module that looks for them on disk. */
const carriedFiles: Plugin = {
  name: "carried-files",
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]cli[\\/]package-file\.js$/ }, () => {
      const files = Object.fromEntries(CARRIED_FILES.map((name) => [name, JSON.parse(readFileSync(packagePath(...name.split("/")), "utf8")) as unknown]));
      const contents = [
        `const FILES = ${JSON.stringify(files)};`,
        `export function packageJson(...parts) { const file = FILES[parts.join("/")]; if (file === undefined) throw new Error(parts.join("/") + " does not travel with this bundle"); return file; }`,
        `import { fileURLToPath } from "node:url"; export const bundlePath = () => fileURLToPath(import.meta.url);`,
        `export function packagePath(...parts) { throw new Error(parts.join("/") + " does not travel with this bundle: use the installed package"); }`,
      ];
      return { contents: contents.join("\n"), loader: "js" };
    });
  },
};
