import { spawn } from "node:child_process";
import { lstatSync } from "node:fs";
import { createInterface } from "node:readline";
import { CommandFailure } from "../cli/command.ts";

/** What a program on the other side has not read is dropped beyond this, as on a serial line that nobody listens to. */
export const UNREAD_BYTES_MAX = 65_536;

/** Characters that socat takes as its own in an address. */
const SOCAT_OWN = /[,:!"'\\(){}[\]\s]/;

/** One end of a pseudo-terminal: other programs open `path` as a serial port, we read and write the wire. */
export interface Pty {
  readonly path: string;
  write(bytes: Uint8Array): void;
  /** Takes it away; programs that have it open see it hang up. */
  close(): Promise<void>;
}

export interface PtyOptions {
  /** A symbolic link to it, in place of any other link, removed when it closes; without one `path` is the system's own name. */
  readonly link?: string;
  readonly received: (bytes: Uint8Array) => void;
  /** It went without `close`. */
  readonly ended: (why: string) => void;
}

/**
 * A new pseudo-terminal, raw and without echo. Node has none of its own: `socat` makes it, and lives as long as it does.
 * It outlasts the programs that open it.
 *
 * @throws CommandFailure where `socat` is missing or refuses, or something other than a link lies at `link`; the way out says what to do.
 */
export function openPty(options: PtyOptions): Promise<Pty> {
  const { link } = options;
  const wrong = link === undefined ? undefined : whyNotLink(link);
  if (wrong !== undefined) return Promise.reject(wrong);
  const address = ["pty", "raw", "echo=0", ...(link === undefined ? [] : [`link=${link}`])].join(",");
  return new Promise((resolve, reject) => {
    const child = spawn("socat", ["-d", "-d", address, "-"], { stdio: ["pipe", "pipe", "pipe"] });
    let path: string | undefined;
    let open = false;
    let closing = false;
    let lastWords = "";
    const gone = new Promise<void>((done) => child.once("close", () => done()));
    const failed = (failure: CommandFailure): void => {
      if (!open) reject(failure);
      else if (!closing) options.ended(failure.message);
      closing = true;
    };
    child.on("error", (fault: NodeJS.ErrnoException) => {
      const missing = fault.code === "ENOENT";
      failed(new CommandFailure(missing ? "a pseudo-terminal needs the program socat, which is not installed" : `socat does not start: ${fault.message}`, missing ? "Install it: sudo apt-get install socat" : ""));
    });
    child.on("close", (code, signal) => failed(new CommandFailure(`socat ended (${lastWords === "" ? (signal ?? `code ${code}`) : lastWords})`, "")));
    // Its end may cut a write short; `close` above tells of it.
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (chunk: Buffer) => options.received(new Uint8Array(chunk)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      path = / N PTY is (\S+)$/.exec(line)?.[1] ?? path;
      const complaint = / [EF] (.*)$/.exec(line)?.[1];
      if (complaint !== undefined) lastWords = complaint;
      if (open || path === undefined || !line.includes(" N starting data transfer loop")) return;
      open = true;
      resolve({
        path: link ?? path,
        write: (bytes) => {
          if (!closing && child.stdin.writableLength <= UNREAD_BYTES_MAX) child.stdin.write(bytes);
        },
        close: async () => {
          closing = true;
          child.kill();
          await gone;
        },
      });
    });
  });
}

/** What keeps `link` from being made. A link left over from a run that was killed is replaced; socat would replace any file. */
function whyNotLink(link: string): CommandFailure | undefined {
  if (SOCAT_OWN.test(link)) return new CommandFailure(`a pseudo-terminal cannot be called ${JSON.stringify(link)}`, "Choose a path without spaces, quotes, brackets, commas or colons.");
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there === undefined || there.isSymbolicLink()) return undefined;
  return new CommandFailure(`${link} exists and is no link`, "Choose another path: a pseudo-terminal replaces nothing but a link.");
}
