import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { CommandFailure } from "../cli/command.ts";

/** Our side of a pseudo-terminal; programs open the other side by its path. */
export interface Pty {
  readonly path: string;
  write(bytes: Uint8Array): void;
  close(): Promise<void>;
  /** Why it ended, once it has. */
  readonly ended: Promise<string>;
}

const LOOK_AGAIN_MS = 10;

/**
 * A pseudo-terminal that is reached at `link`, by a child `socat` whose standard streams are our side; Node has none of its own.
 *
 * @throws {CommandFailure} where socat is absent or cannot make it.
 */
export async function openPty(link: string, received: (bytes: Uint8Array) => void): Promise<Pty> {
  const child = spawn("socat", [`pty,raw,echo=0,link=${link}`, "-"], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (bytes: Buffer) => (complaint ||= bytes.toString().trim().slice(0, 200)));
  child.stdout.on("data", (bytes: Buffer) => received(bytes));
  child.stdin.on("error", () => undefined);
  let absent = false;
  let isOver = false;
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      absent = error.code === "ENOENT";
      complaint ||= error.message;
      resolve(complaint);
    });
    child.on("close", (code, signal) => resolve(complaint || `socat ended with ${code ?? signal}`));
  });
  void ended.then(() => (isOver = true));
  while (!isOver && !existsSync(link)) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  if (isOver) {
    if (absent) throw new CommandFailure("socat is not installed, and without it there are no pseudo-terminals", "sudo apt-get install socat");
    throw new CommandFailure(`no pseudo-terminal at ${link}: ${await ended}`, "Name a place that can be written and is free.");
  }
  return {
    path: link,
    ended,
    write: (bytes) => void child.stdin.write(bytes),
    close: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
