import { rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { err, ok, type Result } from "../../firmware/base/index.ts";
import { messageOf } from "../durable-file/index.ts";
import { formatOwner, ownIdentity } from "./owner.ts";
import { lineAt, linkUnlessExists, livingOwner, takeOver } from "./takeover.ts";

/** A lock held by this process until `release`; a killed process leaves its lock file, which the next one finds stale. */
export interface FileLock {
  release(): void;
}

/** `held`: by a running process, or by this one. `io`: the lock file cannot be made. */
export type LockFault = { readonly kind: "held"; readonly pid: number; readonly lockPath: string } | { readonly kind: "io"; readonly lockPath: string; readonly detail: string };

/** Rounds in one attempt; more only when owners come and go faster than this one looks. */
const ROUND_COUNT_MAX = 16;

/**
 * Takes the lock file `lockPath` for this process, at once or not at all.
 *
 * A lock file is one line naming its owner, put in place by a hard link, so nobody ever sees half of one. Its owner alone removes it; the line of an
 * owner that died is replaced by {@link takeOver}.
 */
export function lockFile(lockPath: string): Result<FileLock, LockFault> {
  const nonce = randomUUID();
  const ticket = `${lockPath}.${nonce}`;
  try {
    writeFileSync(ticket, formatOwner(ownIdentity(nonce)), { flag: "wx", mode: 0o600 });
    for (let round = 0; round < ROUND_COUNT_MAX; round++) {
      if (linkUnlessExists(ticket, lockPath)) return ok(heldLock(lockPath));
      const line = lineAt(lockPath);
      if (line === undefined) continue;
      const pid = livingOwner(line);
      if (pid !== undefined) return err({ kind: "held", pid, lockPath });
      const takeover = takeOver(ticket, lockPath, line);
      if (takeover.kind === "taken") return ok(heldLock(lockPath));
      if (takeover.kind === "contested") return err({ kind: "held", pid: takeover.pid, lockPath });
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
