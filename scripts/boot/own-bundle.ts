import { existsSync, readFileSync } from "node:fs";
import { CommandFailure } from "../cli/command.ts";
import { bundlePath } from "../cli/package-file.ts";

/** The bundle of this installation: what a new car starts with. */
export function ownBundle(): Uint8Array {
  const path = bundlePath();
  if (!existsSync(path)) throw new CommandFailure(`${path} is missing: this installation has no bundle to start a car with`, "Build it: npm run build");
  return new Uint8Array(readFileSync(path));
}
