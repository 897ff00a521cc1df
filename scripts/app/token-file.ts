import { readFileSync, statSync } from "node:fs";
import { utf8Encode } from "../../firmware/base/index.ts";
import { messageOf, replaceFile } from "../../hal/durable-file/index.ts";
import { CommandFailure, UsageError, type OptionDescription, type OptionValues } from "../cli/command.ts";
import { textOf } from "../key/options.ts";
import { parseUplinkToken, TOKEN_FILE_BYTES_MAX } from "../uplink/token.ts";

export const TOKEN_FILE_OPTION: Readonly<Record<string, OptionDescription>> = { "token-file": { type: "string", value: "FILE", help: "where the uplink's token goes (0600)" } };

/** The file of --token-file, which must not exist yet. */
export function freshTokenFile(values: OptionValues): string {
  const path = tokenFileOf(values);
  if (statOf(path) !== undefined) throw new UsageError(`${path} is there already: name another file, or remove it`);
  return path;
}

/** The file of --token-file, which holds an older token or does not exist yet: nothing else is written over, and no terminal or pipe is written to. */
export function replaceableTokenFile(values: OptionValues): string {
  const path = tokenFileOf(values);
  const status = statOf(path);
  if (status === undefined) return path;
  const isToken = status.isFile() && status.size <= TOKEN_FILE_BYTES_MAX && parseUplinkToken(readFileSync(path, "utf8")) !== undefined;
  if (!isToken) throw new UsageError(`${path} holds something else than an uplink's token: name the file that the uplink reads, or a new one`);
  return path;
}

/** Mode 0600, durable. Where that fails the token is lost: `wayOut` says how to get another. */
export function writeToken(path: string, token: string, wayOut: string): void {
  try {
    replaceFile(path, [utf8Encode(`${token}\n`)]);
  } catch (fault) {
    throw new CommandFailure(`${path} cannot be written: ${messageOf(fault)}`, wayOut);
  }
}

function tokenFileOf(values: OptionValues): string {
  const path = textOf(values, "token-file");
  if (path === undefined || path === "") throw new UsageError("--token-file FILE is missing: where the uplink's token goes");
  return path;
}

function statOf(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (fault) {
    throw new UsageError(`${path} cannot be a token's file: ${messageOf(fault)}`);
  }
}
