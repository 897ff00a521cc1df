import { build } from "esbuild";
import { packagePath } from "../cli/package-file.ts";
import { figure, type Figure } from "./figure.ts";

/** Minified bytes of firmware/ alone, both doors. */
export async function benchBundle(): Promise<readonly Figure[]> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export * as controller from "./dist/firmware/controller/index.js"; export * as key from "./dist/firmware/key/index.js";',
      resolveDir: packagePath(),
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    write: false,
  });
  return [figure("firmware.bundle", outputFiles[0]!.contents.length, "bytes", 1)];
}
