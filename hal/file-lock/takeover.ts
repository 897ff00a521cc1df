import { createHash } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync } from "node:fs";
import { codeOf } from "../durable-file/index.ts";
import { isAlive, parseOwner } from "./owner.ts";

/** What became of a takeover: the lock is this process's; another living process is at it; or the lock changed hands meanwhile. */
export type Takeover = { readonly kind: "taken" } | { readonly kind: "contested"; readonly pid: number } | { readonly kind: "changed" };

/**
 * Takes the lock at `lockPath` from the dead owner whose line `deadLine` was read there, for the owner whose line is in the file `ticket`.
 *
 * Nobody removes a lock by its name alone: between a look and a removal it may have become a living process's. Each line is unique, so who succeeds it is
 * settled by one hard link named after it, the heir. Only the heir may put its own line in place of the dead one, by rename,
 * and only after it has seen the dead line still there. An heir that is killed at its work leaves a line too, and is succeeded in the same way.
 */
export function takeOver(ticket: string, lockPath: string, deadLine: string): Takeover {
  const heirPaths: string[] = [];
  for (let line = deadLine; ; ) {
    const heirPath = heirPathOf(lockPath, line);
    heirPaths.push(heirPath);
    if (linkUnlessExists(ticket, heirPath)) break;
    const heir = lineAt(heirPath);
    if (heir === undefined) return { kind: "changed" };
    const pid = livingOwner(heir);
    if (pid !== undefined) return { kind: "contested", pid };
    line = heir;
  }
  const unchanged = lineAt(lockPath) === deadLine;
  if (unchanged) renameSync(ticket, lockPath);
  // The links of dead heirs go only after the rename: until then they are this one's title.
  for (const heirPath of unchanged ? heirPaths.reverse() : heirPaths.slice(-1)) rmSync(heirPath, { force: true });
  return unchanged ? { kind: "taken" } : { kind: "changed" };
}

/** Where the heir of the owner whose line is `line` leaves its own. */
export function heirPathOf(lockPath: string, line: string): string {
  return `${lockPath}.heir-${createHash("sha256").update(line).digest("hex").slice(0, 16)}`;
}

/** Makes `path` another name of the file `existing`; false, and nothing done, where `path` exists. */
export function linkUnlessExists(existing: string, path: string): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** What is in the lock or heir file `path`, or undefined where there is none. */
export function lineAt(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The process id in `line` if that process runs; undefined too where the line names nobody. */
export function livingOwner(line: string): number | undefined {
  const owner = parseOwner(line);
  return owner && isAlive(owner) ? owner.pid : undefined;
}
