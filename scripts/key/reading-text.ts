import { readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { CommandFailure, UsageError } from "../cli/command.ts";

/** Longest text anybody passes to a key: a share bundle with a long name. */
const TEXT_BYTES_MAX = 16_384;

/**
 * A text that may be secret: from a 0600 file, from stdin, or typed at a prompt; never from the command line, which every
 * process of this machine can read.
 */
export async function readText(what: string, file: string | undefined): Promise<string> {
  if (file !== undefined && file !== "-") return readSecretFile(file);
  if (process.stdin.isTTY && file === undefined) return prompt(what);
  return readStdin(what);
}

function readSecretFile(path: string): string {
  try {
    const { mode, size } = statSync(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new CommandFailure(`${path} can be read by others`, `Run chmod 600 ${path}, or pass the text on stdin.`);
    }
    if (size > TEXT_BYTES_MAX) throw new CommandFailure(`${path} is too large to be ${TEXT_BYTES_MAX} bytes of text`);
    return readFileSync(path, "utf8").trim();
  } catch (fault) {
    if (fault instanceof CommandFailure) throw fault;
    throw new CommandFailure(`${path} cannot be read: ${(fault as Error).message}`);
  }
}

async function prompt(what: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await reader.question(`${what}: `)).trim();
  } catch (fault) {
    // Ctrl-C and Ctrl-D.
    if ((fault as Error).name !== "AbortError") throw fault;
    process.stderr.write("\n");
    throw new CommandFailure("nothing was entered");
  } finally {
    reader.close();
  }
}

async function readStdin(what: string): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const piece of process.stdin) {
    text += String(piece);
    if (text.length > TEXT_BYTES_MAX) throw new CommandFailure(`what came on stdin is too long to be ${what}`);
  }
  text = text.trim();
  if (text === "") throw new UsageError(`${what} is missing: pass it on stdin, by a 0600 file, or type it at the prompt of a terminal`);
  return text;
}
