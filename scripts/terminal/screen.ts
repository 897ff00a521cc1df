import type { Output } from "../cli/output.ts";
import { plainText } from "./ascii.ts";
import { viewCar, type CarView, type TerminalSize } from "./view.ts";

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
const LEAVE = "\u001b[0m\u001b[?25h\u001b[?1049l";

export interface ScreenOptions {
  readonly output: Output;
  /** Where the terminal does not show UTF-8, everything is drawn in ASCII. */
  readonly utf8: boolean;
}

/** Draws views on a terminal's alternate screen; only lines that changed are sent, so that it stays light over SSH. */
export class Screen {
  private readonly stream: NodeJS.WriteStream;
  private readonly options: ScreenOptions;
  private shown: string[] = [];
  private open = false;

  constructor(stream: NodeJS.WriteStream, options: ScreenOptions) {
    this.stream = stream;
    this.options = options;
  }

  size(): TerminalSize {
    return { columns: this.stream.columns || 80, rows: this.stream.rows || 24 };
  }

  enter(): void {
    this.open = true;
    this.shown = [];
    this.stream.write(ENTER);
  }

  /** Gives the terminal back as it was. Safe to call twice and from an exit handler. */
  leave(): void {
    if (!this.open) return;
    this.open = false;
    this.stream.write(LEAVE);
  }

  draw(view: CarView): void {
    if (!this.open) return;
    const { output, utf8 } = this.options;
    const lines = viewCar(view, this.size()).map((line) =>
      line.map(({ text, style }) => {
        const shown = utf8 ? text : plainText(text);
        return style === undefined ? shown : output.paint(style, shown);
      }).join(""),
    );
    let update = "";
    lines.forEach((line, row) => {
      if (line !== this.shown[row]) update += `\u001b[${row + 1};1H${line}`;
    });
    this.shown = lines;
    if (update !== "") this.stream.write(update);
  }

  /** After a resize everything is drawn again. */
  forget(): void {
    this.shown = [];
    if (this.open) this.stream.write("\u001b[2J");
  }
}
