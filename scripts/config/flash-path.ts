import { homedir } from "node:os";
import { join } from "node:path";

/** Where a car keeps its memory unless told otherwise: the user's state folder (XDG Base Directory Specification). */
export function defaultFlashPath(): string {
  const state = process.env["XDG_STATE_HOME"];
  return join(state === undefined || state === "" ? join(homedir(), ".local", "state") : state, "latchkey", "car.flash");
}
