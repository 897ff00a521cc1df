import { CommandFailure } from "../cli/command.ts";
import { readSecret } from "../cli/passphrase.ts";
import { readText } from "../key/reading-text.ts";

/** Questions to a person; without a terminal the lines of stdin answer them, one each. */
export class Questions {
  #lines: string[] | undefined;

  /** Typed without being shown; a new one twice. */
  secret(what: string, isNew = false): Promise<string> {
    return process.stdin.isTTY ? readSecret(what, undefined, isNew) : this.#line(what);
  }

  text(what: string): Promise<string> {
    return process.stdin.isTTY ? readText(what, undefined) : this.#line(what);
  }

  async #line(what: string): Promise<string> {
    this.#lines ??= (await readText(what, "-")).split(/\r?\n/);
    const line = this.#lines.shift();
    if (line === undefined || line === "") throw new CommandFailure(`${what} is missing`, "Pass it as the next line on stdin, or type it at the prompt of a terminal.");
    return line;
  }
}
