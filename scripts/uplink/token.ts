import { readFileSync, statSync } from "node:fs";

/** A token with the end of its line, with room. */
export const TOKEN_FILE_BYTES_MAX = 1024;

/** The token that such a file's text holds; undefined where it holds none that a header bears (RFC 9110 section 5.5). */
export function parseUplinkToken(text: string): string | undefined {
  const token = text.trim();
  return /^[\x21-\x7e]{1,512}$/.test(token) ? token : undefined;
}

/** The token in `path` at each time it is asked for, `first` where none can be read: one that was renewed takes effect without a restart. */
export function tokenInFile(path: string, first: string): () => string {
  let last = first;
  return () => {
    try {
      if (statSync(path).size <= TOKEN_FILE_BYTES_MAX) last = parseUplinkToken(readFileSync(path, "utf8")) ?? last;
    } catch {
      // What was read before is tried on.
    }
    return last;
  };
}
