import { spawn } from "node:child_process";
import { lstatSync } from "node:fs";
import { createInterface } from "node:readline";
import { CommandFailure } from "../cli/command.ts";

/** Bytes that wait to be read; more are dropped, as on a serial line that nobody listens to. */
export const UNREAD_BYTES_MAX = 65_536;

/** Characters that socat takes as its own in an address. */
const SOCAT_OWN = /[,:!"'\\(){}[\]\s]/;

/** Our side of a pseudo-terminal; programs open the other side by its path as a serial port. */
export interface Pty {
  readonly path: string;
  /** False where the bytes are dropped: it has ended, or too much is unread. */
  write(bytes: Uint8Array): boolean;
  /** Takes it away, and its link; programs that have it open see it hang up. */
  close(): Promise<void>;
  /** Why it ended, once it has, by `close` or by itself. */
  readonly ended: Promise<string>;
}

/**
 * A new pseudo-terminal, raw and without echo, with a link to it at `link`. Node has none of its own: `socat` makes it, and lives as
 * long as it does. It outlasts the programs that open it. A link that was left over is replaced.
 *
 * @throws CommandFailure where `socat` is missing or refuses, or something other than a link lies there; the way out says what to do.
 */
export async function openPty(link: string, received: (bytes: Uint8Array) => void): Promise<Pty> {
  refuseUnfit(link);
  const child = spawn("socat", ["-d", "-d", `pty,raw,echo=0,link=${link}`, "-"], { stdio: ["pipe", "pipe", "pipe"] });
  // Its end may cut a write short; `ended` tells of it.
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk: Buffer) => received(new Uint8Array(chunk)));
  let failure: NodeJS.ErrnoException | undefined;
  let complaint = "";
  let isOver = false;
  const ended = new Promise<string>((resolve) => {
    child.on("error", (fault) => (failure = fault));
    child.on("close", (code, signal) => {
      isOver = true;
      resolve(`socat ended (${complaint || (failure?.message ?? signal ?? `code ${code}`)})`);
    });
  });
  const isOpen = await new Promise<boolean>((resolve) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      complaint = / [EF] (.*)$/.exec(line)?.[1] ?? complaint;
      if (line.includes(" N starting data transfer loop")) resolve(true);
    });
    void ended.then(() => resolve(false));
  });
  if (!isOpen) {
    if (failure?.code === "ENOENT") throw new CommandFailure("a pseudo-terminal needs the program socat, which is not installed", "Install it: sudo apt-get install socat");
    throw new CommandFailure(`there is no pseudo-terminal at ${link}: ${await ended}`, "Choose a path in a folder that you may write to.");
  }
  return {
    path: link,
    ended,
    write: (bytes) => {
      if (isOver || child.stdin.writableLength + bytes.length > UNREAD_BYTES_MAX) return false;
      child.stdin.write(bytes);
      return true;
    },
    close: async () => {
      child.kill();
      await ended;
    },
  };
}

/** socat would replace any file. */
function refuseUnfit(link: string): void {
  if (SOCAT_OWN.test(link)) throw new CommandFailure(`a pseudo-terminal cannot be called ${JSON.stringify(link)}`, "Choose a path without spaces, quotes, brackets, commas or colons.");
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there === undefined || there.isSymbolicLink()) return;
  throw new CommandFailure(`${link} exists and is no link`, "Choose another path: a pseudo-terminal replaces nothing but a link.");
}
