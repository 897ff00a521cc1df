import type { KeyFileFault } from "../../hal/key-file/index.ts";
import { CommandFailure } from "./command.ts";

/** What stands between a command and a key file, as the command's failure. */
export function keyFileFailure({ kind, message, wayOut }: KeyFileFault): CommandFailure {
  return new CommandFailure(message, wayOut, { fault: kind });
}
