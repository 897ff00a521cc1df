import { spawn } from "node:child_process";

/** How often a process that another Latchkey process started says that it lives. */
export const ALIVE_INTERVAL_MS = 5000;

/** Set for a process whose parent listens: others have a channel to theirs too, and another language on it. */
export const SUPERVISED_VARIABLE = "LATCHKEY_SUPERVISED";

/** Half of what systemd allows between two signs of life, as sd_watchdog_enabled(3) advises. */
const WATCHDOG_SHARE = 2;

/** Where signs of life go; this process's own places unless given. */
export interface LivenessPlaces {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly pid?: number;
  /** The channel to the process that started this one. */
  readonly tellParent?: (() => void) | undefined;
  readonly runProgram?: (program: string, args: readonly string[]) => void;
}

/** Signs of life of this process, to the Latchkey process that started it and to systemd, where they are listening. */
export interface Liveness {
  /** What the process is for can be used from now on. */
  ready(): void;
  /** It ends as it was told to. */
  stop(): void;
}

/**
 * Says at intervals that this process's event loop turns, so that one which hangs is killed and started again.
 *
 * To systemd by its own systemd-notify(1): Node has no datagram sockets of the file system. The unit needs `NotifyAccess=all`.
 */
export function tellLiveness(places: LivenessPlaces = {}): Liveness {
  const { env = process.env, pid = process.pid, tellParent = ownParent(), runProgram = runQuietly } = places;
  const timers: NodeJS.Timeout[] = [];
  const every = (intervalMs: number, tell: () => void): void => {
    tell();
    const timer = setInterval(tell, intervalMs);
    timer.unref();
    timers.push(timer);
  };
  const toSystemd = (state: string): void => {
    if (env["NOTIFY_SOCKET"] !== undefined && env["NOTIFY_SOCKET"] !== "") runProgram("systemd-notify", [state]);
  };
  if (tellParent !== undefined) every(ALIVE_INTERVAL_MS, tellParent);
  return {
    ready: () => {
      toSystemd("READY=1");
      const watchdogMs = Number(env["WATCHDOG_USEC"]) / 1000;
      const isMine = env["WATCHDOG_PID"] === undefined || env["WATCHDOG_PID"] === String(pid);
      if (isMine && watchdogMs > 0) every(watchdogMs / WATCHDOG_SHARE, () => toSystemd("WATCHDOG=1"));
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      toSystemd("STOPPING=1");
    },
  };
}

/** Calls `end` once the Latchkey process that started this one is gone, however it ended; never where there is none. Gives what forgets it. */
export function onceParentIsGone(end: () => void): () => void {
  if (!isSupervised()) return () => undefined;
  process.once("disconnect", end);
  process.channel?.unref();
  return () => void process.off("disconnect", end);
}

function isSupervised(): boolean {
  return process.send !== undefined && process.env[SUPERVISED_VARIABLE] !== undefined;
}

function ownParent(): (() => void) | undefined {
  if (!isSupervised()) return undefined;
  // The parent may end at any moment, and the channel is no reason to stay.
  process.on("error", () => undefined);
  process.channel?.unref();
  return () => void (process.connected && process.send?.("alive"));
}

function runQuietly(program: string, args: readonly string[]): void {
  const child = spawn(program, args, { stdio: "ignore" });
  child.on("error", () => undefined);
  child.unref();
}
