import { createHash } from "node:crypto";
import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder, resolveFile } from "../../hal/durable-file/index.ts";
import { CommandFailure } from "../cli/command.ts";

/** `console`: what a person standing at the car may do. `world`: what the simulated surroundings do; virtual boards only. `radio`, `uplink`: a radio, or the way to a cloud, in a process of its own. `cloud`: the console of a cloud service. */
export type Door = "console" | "world" | "radio" | "uplink" | "cloud";

/** A name for a car's sockets: the same for every process that names the same flash file. */
export function carIdOf(flashPath: string): string {
  let path = flashPath;
  try {
    path = resolveFile(flashPath);
  } catch {
    // The folder is missing, so no car runs there.
  }
  return createHash("sha256").update(path).digest("hex").slice(0, 12);
}

/** Folders that may hold sockets of this user, best first. Short: a socket's path has at most 103 bytes on every system (sun_path). */
function folders(): readonly string[] {
  const runtime = process.env["XDG_RUNTIME_DIR"];
  const shared = join(tmpdir(), `latchkey-${process.getuid?.() ?? "user"}`);
  return runtime === undefined || runtime === "" ? [shared] : [join(runtime, "latchkey"), shared];
}

/** Where a car listens; makes the folder, 0700 and this user's own. */
export function socketPathFor(carId: string, door: Door): string {
  const [folder] = folders();
  ownFolder(folder!);
  return join(folder!, `${carId}.${door}`);
}

/** Where a car may be listening. */
export function socketPathsOf(carId: string, door: Door): readonly string[] {
  return folders().map((folder) => join(folder, `${carId}.${door}`));
}

/** Sockets of any car of this user; some may be left over from a process that was killed. */
export function allSocketPaths(door: Door): readonly string[] {
  return folders().flatMap((folder) => {
    try {
      return readdirSync(folder).filter((name) => name.endsWith(`.${door}`)).map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
}

function ownFolder(folder: string): void {
  try {
    makeFolder(folder);
    const status = lstatSync(folder);
    const mine = process.getuid === undefined || status.uid === process.getuid();
    if (!status.isDirectory() || !mine) throw new Error("it belongs to somebody else");
    chmodSync(folder, 0o700);
  } catch (fault) {
    throw new CommandFailure(`${folder} cannot hold the car's console: ${(fault as Error).message}`, "Set XDG_RUNTIME_DIR to a folder of your own.");
  }
}
