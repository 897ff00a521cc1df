import { rmSync } from "node:fs";
import { build } from "esbuild";
import { packagePath } from "../cli/package-file.ts";
import { buildRelease } from "./release.ts";

/**
 * Joins what a person starts into a few files, dist/bin/: a car that boots must not read five hundred. Libraries stay outside.
 * Names are kept, so that a stack trace says something.
 */
const outdir = packagePath("dist", "bin");
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: [packagePath("dist", "scripts", "latchkey.js")],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  minifyWhitespace: true,
  logLevel: "warning",
});

await buildRelease();
