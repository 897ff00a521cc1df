import { packageJson } from "./package-file.ts";

/** The package's version. */
export const VERSION: string = (packageJson("package.json") as { version: string }).version;
