import type { CborValue } from "../cbor/index.ts";
import { HASH_BYTES } from "./chain-head.ts";
import { ENTRY_BYTES_MAX } from "./entry.ts";

/** Lines in one answer at most. */
export const READ_LINES_MAX = 64;

/** A line as a reader gets it: whole, or, if it is not his to read, its digest alone, so that the chain still verifies. */
export type AuditLine =
  | { readonly kind: "entry"; readonly sequence: number; readonly bytes: Uint8Array }
  | { readonly kind: "digest"; readonly sequence: number; readonly digest: Uint8Array };

/** Lines in a reply: `[sequence of the first, [0, digest] or [1, entry bytes], ...]`. They follow one another without gaps. */
export function linesToCbor(lines: readonly AuditLine[]): CborValue {
  return [lines[0]?.sequence ?? 0, ...lines.map((line) => (line.kind === "entry" ? [1, line.bytes] : [0, line.digest]))];
}

/** The lines of a reply, or undefined where it holds none in this form. */
export function linesFromCbor(value: CborValue): readonly AuditLine[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > READ_LINES_MAX + 1) return undefined;
  const [first, ...rest] = value as readonly CborValue[];
  if (typeof first !== "number" || first < 0) return undefined;
  const lines: AuditLine[] = [];
  for (const item of rest) {
    if (!Array.isArray(item) || item.length !== 2) return undefined;
    const [kind, bytes] = item as readonly CborValue[];
    if (!(bytes instanceof Uint8Array)) return undefined;
    const sequence = first + lines.length;
    if (kind === 1 && bytes.length <= ENTRY_BYTES_MAX) lines.push({ kind: "entry", sequence, bytes });
    else if (kind === 0 && bytes.length === HASH_BYTES) lines.push({ kind: "digest", sequence, digest: bytes });
    else return undefined;
  }
  return lines;
}
