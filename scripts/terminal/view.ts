import { beside, fit, span, widthOf, type Line, type Span } from "./line.ts";
import { latchWord, picture, PICTURE_COLUMNS } from "./picture.ts";
import { systemsLine, type SystemsView } from "./systems.ts";
import type { Style } from "../cli/output.ts";

/** Everything the terminal car shows; the view is a function of it and of the terminal's size. */
export interface CarView {
  readonly name: string;
  /** Where keys of other terminals reach the car, or a word for why not. */
  readonly address: string;
  readonly clock: string;
  readonly supplyVolts: number;
  readonly cloud: "up" | "down" | "slow" | "lying" | "gone";
  readonly drive: string;
  readonly valet: boolean;
  /** Where the car stands, in a few words. */
  readonly place: string;
  readonly occupied: boolean;
  readonly systems: SystemsView;
  readonly latches: readonly LatchView[];
  readonly phones: readonly PhoneView[];
  readonly keys: readonly { readonly name: string; readonly role: string }[];
  readonly log: readonly LogLine[];
  /** Keyboard help: the key and what it does. */
  readonly help: readonly (readonly [key: string, does: string])[];
  /** A line of its own above the help: a question or what a long operation is doing. */
  readonly status: string;
  /** Lines that cover everything but title and status, for example the claim code. */
  readonly overlay: readonly string[] | undefined;
}

export interface LatchView {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly state: string;
  readonly open: boolean;
}

export interface PhoneView {
  readonly name: string;
  readonly role: string;
  readonly distanceM: number;
  readonly connected: boolean;
  readonly selected: boolean;
}

export interface LogLine {
  readonly clock: string;
  readonly outcome: "done" | "refused" | "failed" | "info";
  readonly text: string;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Smallest terminal that shows everything; a smaller one gets one sentence. */
export const SIZE_MIN: TerminalSize = { columns: 79, rows: 20 };

const PANEL_ROWS_OF_KEYS = 3;

/** The whole screen: exactly `rows` lines of exactly `columns` columns. */
export function viewCar(view: CarView, size: TerminalSize): Line[] {
  if (size.columns < SIZE_MIN.columns || size.rows < SIZE_MIN.rows) {
    return fill([[span(`The car needs ${SIZE_MIN.columns}x${SIZE_MIN.rows};`)], [span(`this is ${size.columns}x${size.rows}. q quits.`)]], size);
  }
  const title = titleLine(view, size.columns);
  const status: Line = [span(` ${view.status}`, "yellow")];
  if (view.overlay !== undefined) {
    const room = size.rows - 2;
    return fill([title, ...pad(view.overlay.slice(0, room).map((text): Line => [span(text)]), room), status], size);
  }
  const help = helpLines(view.help, size.columns);
  const above = [title, ...beside(picture(view), PICTURE_COLUMNS, panel(view)), ruleLine(systemsLine(view.systems), size.columns)];
  const below = [status, ...help];
  const logRows = Math.max(0, size.rows - above.length - below.length);
  return fill([...above, ...pad(view.log.slice(-logRows || view.log.length).map(logLine), logRows), ...below], size);
}

function fill(lines: readonly Line[], size: TerminalSize): Line[] {
  return Array.from({ length: size.rows }, (_, row) => fit(lines[row] ?? [], size.columns));
}

function pad(lines: readonly Line[], rows: number): Line[] {
  return [...lines, ...Array.from({ length: Math.max(0, rows - lines.length) }, (): Line => [])].slice(0, rows);
}

function titleLine(view: CarView, columns: number): Line {
  const right: Span[] = [
    span("cloud "),
    span(view.cloud.toUpperCase(), view.cloud === "up" ? "green" : "red"),
    span("  "),
    span(`${view.supplyVolts.toFixed(1)} V`, view.supplyVolts < 11.9 ? "red" : undefined),
    span(`  ${view.clock} `),
  ];
  const rightWidth = right.reduce((sum, { text }) => sum + text.length, 0);
  return [...fit([span(" Latchkey", "bold"), span(`  ${view.name}`), span(`  ${view.address}`, "dim")], columns - rightWidth), ...right];
}

/** Between picture and log; what of the systems is not at rest stands in it, so that it costs the log no row. */
function ruleLine(systems: Line, columns: number): Line {
  const title = "─ Log ";
  const room = columns - title.length;
  if (systems.length === 0) return [span(title + "─".repeat(room), "dim")];
  const shown = widthOf(systems) > room - 4 ? fit(systems, room - 4) : systems;
  return [span(`${title}─ `, "dim"), ...shown, span(` ${"─".repeat(room - 3 - widthOf(shown))}`, "dim")];
}

function panel(view: CarView): Line[] {
  const more = view.keys.length - PANEL_ROWS_OF_KEYS;
  return [
    [span("Latches", "dim")],
    ...latchRows(view.latches),
    [span("Drive   ", "dim"), span(view.drive, view.drive === "immobilised" ? "green" : "yellow"), span(view.valet ? "  valet mode" : "", "yellow")],
    [span("Place   ", "dim"), span(view.place)],
    [span("Phones", "dim")],
    ...view.phones.slice(0, 3).map(phoneLine),
    [span("Keys", "dim"), span(view.keys.length === 0 ? "    none: no owner yet, press p" : "")],
    ...view.keys.slice(0, PANEL_ROWS_OF_KEYS).map(({ name, role }): Line => [span(`  ${name.slice(0, 14).padEnd(15)}${role}`)]),
    ...(more > 0 ? [[span(`  and ${more} more`, "dim")]] : []),
  ].slice(0, 13);
}

/** Two latches a row, four rows at most. */
function latchRows(latches: readonly LatchView[]): Line[] {
  const rows: Line[] = [];
  for (let index = 0; index < Math.min(latches.length, 8); index += 2) {
    rows.push(latches.slice(index, index + 2).flatMap((latch) => {
      const { word, style } = latchWord(latch);
      return [span(`  ${latch.label.slice(0, 8)} `), span(word.padEnd(16 - Math.min(8, latch.label.length) - 2), style)];
    }));
  }
  return rows;
}

function phoneLine(phone: PhoneView): Line {
  const where = phone.distanceM < 0.5 ? "cabin" : `${phone.distanceM.toFixed(1)} m`;
  return [
    span(phone.selected ? "▸ " : "  ", "bold"),
    span(phone.name.slice(0, 7).padEnd(8), phone.selected ? "bold" : undefined),
    span(phone.role.slice(0, 7).padEnd(7)),
    span(where.padStart(8)),
    span(phone.connected ? "  linked" : "", "green"),
  ];
}

const OUTCOME_STYLES: Readonly<Record<LogLine["outcome"], Style>> = { done: "green", refused: "yellow", failed: "red", info: "dim" };

function logLine(line: LogLine): Line {
  return [span(` ${line.clock} `, "dim"), span(line.outcome.padEnd(8), OUTCOME_STYLES[line.outcome]), span(line.text)];
}

function helpLines(help: CarView["help"], columns: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  for (const [key, does] of help) {
    const width = [...key].length + does.length + 3;
    if (used + width > columns && used > 0) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)!.push(span(" "), span(key, "inverse"), span(` ${does} `));
    used += width;
  }
  return lines;
}
