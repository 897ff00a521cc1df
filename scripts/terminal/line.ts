import type { Style } from "../cli/output.ts";

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** One terminal line. */
export type Line = readonly Span[];

export function span(text: string, style?: Style | undefined): Span {
  return style === undefined ? { text } : { text, style };
}

/** Columns of a line; everything the views draw is one column wide. */
export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + [...text].length, 0);
}

/** The line cut or filled with blanks to exactly `width` columns. */
export function fit(line: Line, width: number): Line {
  const spans: Span[] = [];
  let room = width;
  for (const { text, style } of line) {
    const characters = [...text];
    const piece = characters.length > room ? `${characters.slice(0, Math.max(0, room - 1)).join("")}${room > 0 ? "…" : ""}` : text;
    if (room > 0) spans.push(span(piece, style));
    room -= Math.min(characters.length, room);
  }
  return room > 0 ? [...spans, span(" ".repeat(room))] : spans;
}

/** `left` filled to `width`, then `right`. */
export function beside(left: readonly Line[], width: number, right: readonly Line[]): Line[] {
  const rows = Math.max(left.length, right.length);
  return Array.from({ length: rows }, (_, row) => [...fit(left[row] ?? [], width), ...(right[row] ?? [])]);
}
