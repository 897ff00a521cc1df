import { readFileSync } from "node:fs";
import { codeOf } from "../durable-file/index.ts";

/**
 * Who holds a lock: a process id, and what tells it from a later process with the same id. A machine that lost power finds its
 * old lock file, and the id in it is soon taken by another program.
 */
export interface LockOwner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, or "-" where the system does not say. */
  readonly startedAtTicks: string;
  /** Identity of this run of the machine, or "-". */
  readonly bootId: string;
  /** Tells this holding from every other, of the same process too: a UUID. */
  readonly nonce: string;
}

/** This process, in the holding `nonce`. */
export function ownIdentity(nonce: string): LockOwner {
  return { pid: process.pid, startedAtTicks: startOf(process.pid), bootId: bootId(), nonce };
}

/** The one line of a lock file. */
export function formatOwner(owner: LockOwner): string {
  return `${owner.pid} ${owner.startedAtTicks} ${owner.bootId} ${owner.nonce}\n`;
}

/** The owner a lock file names, or undefined where the text is none. */
export function parseOwner(text: string): LockOwner | undefined {
  const match = /^([1-9][0-9]{0,9}) ([0-9]{1,20}|-) ([0-9a-f-]{1,36}) ([0-9a-f-]{36})\n$/.exec(text);
  return match ? { pid: Number(match[1]), startedAtTicks: match[2]!, bootId: match[3]!, nonce: match[4]! } : undefined;
}

/** Whether the very process that took the lock still runs. */
export function isAlive(owner: LockOwner): boolean {
  if (owner.bootId !== bootId()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it runs under another user.
    return codeOf(error) !== "ESRCH";
  }
  const startedAtTicks = startOf(owner.pid);
  return startedAtTicks === "-" || owner.startedAtTicks === "-" || startedAtTicks === owner.startedAtTicks;
}

function bootId(): string {
  return readOrElse("/proc/sys/kernel/random/boot_id", (text) => text.trim());
}

/** Field 22 of /proc/PID/stat (proc(5)), counted after the command's name, which may hold spaces and brackets. */
function startOf(pid: number): string {
  return readOrElse(`/proc/${pid}/stat`, (text) => text.slice(text.lastIndexOf(")") + 2).split(" ")[19]);
}

function readOrElse(path: string, pick: (text: string) => string | undefined): string {
  try {
    return pick(readFileSync(path, "latin1")) ?? "-";
  } catch {
    return "-";
  }
}
