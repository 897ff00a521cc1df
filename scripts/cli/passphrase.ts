import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { readText } from "../key/reading-text.ts";
import { CommandFailure, type OptionDescription } from "./command.ts";

/** The option of every command that asks for a passphrase. */
export const PASSPHRASE_OPTION: Readonly<Record<string, OptionDescription>> = {
  "passphrase-file": { type: "string", value: "PATH", help: "file (0600) that holds the passphrase; - for stdin" },
};

/** A passphrase that a stranger with the file may try for years. */
const LETTERS_MIN = 12;

/** A passphrase: from a 0600 file, from stdin, or typed without being shown; a new one is typed twice. Never from the command line. */
export async function readPassphrase(file: string | undefined, isNew: boolean): Promise<string> {
  const passphrase = await readSecret("the passphrase", file, isNew);
  if (isNew && passphrase.length < LETTERS_MIN) throw new CommandFailure(`a passphrase has ${LETTERS_MIN} letters at least`, "Take a few words that do not belong together.");
  return passphrase;
}

/** The same for a secret of any kind and length. */
export async function readSecret(what: string, file: string | undefined, isNew: boolean): Promise<string> {
  if (!process.stdin.isTTY || file !== undefined) return readText(what, file);
  const secret = await typed(`${what}: `);
  if (isNew && (await typed("the same again: ")) !== secret) throw new CommandFailure("the two were not the same", "Type it again.");
  return secret;
}

async function typed(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await reader.question("");
  } catch (fault) {
    // Ctrl-C and Ctrl-D.
    if ((fault as Error).name !== "AbortError") throw fault;
    throw new CommandFailure("nothing was entered");
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}
