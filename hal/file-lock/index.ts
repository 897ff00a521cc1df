import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { err, ok, type Result } from "../../firmware/base/index.ts";
import { codeOf, messageOf } from "../durable-file/index.ts";
import { formatOwner, isAlive, ownIdentity, parseOwner } from "./owner.ts";

/** A lock held by this process until `release`; a killed process leaves its lock file, which the next one finds stale. */
export interface FileLock {
  release(): void;
}

/** `held`: by a running process, or by this one. `io`: the lock file cannot be made. */
export type LockFault = { readonly kind: "held"; readonly pid: number; readonly lockPath: string } | { readonly kind: "io"; readonly lockPath: string; readonly detail: string };

/** Stale locks removed in one attempt; more only when processes die faster than this one tries. */
const ATTEMPT_COUNT_MAX = 16;

let lockCount = 0;

/**
 * Takes the lock file `lockPath` for this process, at once or not at all.
 *
 * A lock file is one line naming its owner, put in place by a hard link, so nobody ever sees half of one. The file of an owner
 * that died is removed under a second lock of the same form (`lockPath`.takeover), so that two processes never
 * both take over.
 */
export function lockFile(lockPath: string): Result<FileLock, LockFault> {
  const ticket = `${lockPath}.${process.pid}.${lockCount++}`;
  const line = formatOwner(ownIdentity());
  try {
    writeFileSync(ticket, line, { flag: "w", mode: 0o600 });
    for (let attempt = 0; attempt < ATTEMPT_COUNT_MAX; attempt++) {
      if (linkUnlessExists(ticket, lockPath)) return ok(heldLock(lockPath));
      const pid = livingOwner(lockPath);
      if (pid !== undefined) return err({ kind: "held", pid, lockPath });
      removeStale(ticket, lockPath);
    }
    return err({ kind: "io", lockPath, detail: "it changes hands too fast" });
  } catch (error) {
    return err({ kind: "io", lockPath, detail: messageOf(error) });
  } finally {
    rmSync(ticket, { force: true });
  }
}

/** As {@link lockFile}, but waits up to `waitMs` for another process to let go, asking every 20 ms. */
export async function lockFileWithin(lockPath: string, waitMs: number): Promise<Result<FileLock, LockFault>> {
  const deadlineMs = performance.now() + waitMs;
  for (;;) {
    const taken = lockFile(lockPath);
    if (taken.ok || taken.error.kind !== "held" || performance.now() >= deadlineMs) return taken;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function heldLock(lockPath: string): FileLock {
  let held = true;
  return {
    release() {
      if (held) rmSync(lockPath, { force: true });
      held = false;
    },
  };
}

function removeStale(ticket: string, lockPath: string): void {
  const takeoverPath = `${lockPath}.takeover`;
  if (linkUnlessExists(ticket, takeoverPath)) {
    // Asked again: the stale file may have been replaced before the takeover was ours.
    if (livingOwner(lockPath) === undefined) rmSync(lockPath, { force: true });
    rmSync(takeoverPath, { force: true });
  } else if (livingOwner(takeoverPath) === undefined) {
    // Its owner was killed within the three calls above.
    rmSync(takeoverPath, { force: true });
  }
}

function linkUnlessExists(existing: string, path: string): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** The process id in the lock file if that process runs; undefined too where the file is gone or names nobody. */
function livingOwner(lockPath: string): number | undefined {
  try {
    const owner = parseOwner(readFileSync(lockPath, "latin1"));
    return owner && isAlive(owner) ? owner.pid : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
