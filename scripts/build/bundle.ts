import { readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { packagePath } from "../cli/package-file.ts";
import { buildRelease, REQUIRE } from "./release.ts";

/** Libraries of many files that every car reads at its start: joined, they take half the time. */
const JOINED: ReadonlySet<string> = new Set(["protobufjs"]);

/**
 * Joins what a person starts into a few files, dist/bin/: a car that boots must not read five hundred. Other libraries stay outside.
 * Names are kept, so that a stack trace says something.
 */
const outdir = packagePath("dist", "bin");
rmSync(outdir, { recursive: true, force: true });
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as Record<"dependencies" | "optionalDependencies", Record<string, string>>;
await build({
  entryPoints: [packagePath("dist", "scripts", "latchkey.js")],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !JOINED.has(name)),
  banner: { js: REQUIRE },
  minifyWhitespace: true,
  logLevel: "warning",
});

await buildRelease();
