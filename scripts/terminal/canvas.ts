import type { Style } from "../cli/output.ts";
import { span, type Line } from "./line.ts";

interface Cell {
  readonly character: string;
  readonly style: Style | undefined;
}

const BLANK: Cell = { character: " ", style: undefined };

/** A rectangle of characters to draw on; what falls outside is cut off. */
export class Canvas {
  readonly #cells: Cell[][];
  readonly #columns: number;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => BLANK));
  }

  put(row: number, column: number, text: string, style?: Style): void {
    const cells = this.#cells[row];
    if (cells === undefined) return;
    [...text].forEach((character, index) => {
      const at = column + index;
      if (at >= 0 && at < this.#columns) cells[at] = { character, style };
    });
  }

  lines(): Line[] {
    return this.#cells.map((cells) => {
      const line: { text: string; style: Style | undefined }[] = [];
      for (const { character, style } of cells) {
        const last = line.at(-1);
        if (last !== undefined && last.style === style) last.text += character;
        else line.push({ text: character, style });
      }
      return line.map(({ text, style }) => span(text, style));
    });
  }
}
