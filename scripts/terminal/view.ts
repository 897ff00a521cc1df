import { beside, fit, span, type Line, type Span } from "./line.ts";
import type { Style } from "../cli/output.ts";

/** Everything the terminal car shows; the view is a function of it and of the terminal's size. */
export interface CarView {
  readonly clock: string;
  readonly supplyVolts: number;
  readonly cloud: "up" | "down" | "slow" | "lying" | "gone";
  readonly drive: string;
  readonly valet: boolean;
  readonly latches: readonly LatchView[];
  readonly phones: readonly PhoneView[];
  readonly keys: readonly { readonly name: string; readonly role: string }[];
  readonly log: readonly LogLine[];
  /** Keyboard help: the key and what it does. */
  readonly help: readonly (readonly [key: string, does: string])[];
  /** A line of its own above the help: a question or what a long operation is doing. */
  readonly status: string;
  /** Lines that cover the picture, for example the claim code. */
  readonly overlay: readonly string[] | undefined;
}

export interface LatchView {
  readonly id: string;
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
export const SIZE_MIN: TerminalSize = { columns: 60, rows: 20 };

const PICTURE_COLUMNS = 36;

/** The whole screen: exactly `rows` lines of exactly `columns` columns. */
export function viewCar(view: CarView, size: TerminalSize): Line[] {
  if (size.columns < SIZE_MIN.columns || size.rows < SIZE_MIN.rows) {
    return fill([[span(`The car needs ${SIZE_MIN.columns}x${SIZE_MIN.rows}; this is ${size.columns}x${size.rows}.`)]], size);
  }
  const help = helpLines(view.help, size.columns);
  const middle = view.overlay === undefined
    ? beside(picture(view.latches), PICTURE_COLUMNS, panel(view))
    : view.overlay.map((text): Line => [span(text)]);
  const above = [titleLine(view, size.columns), ...middle];
  const below = [[span(view.status, "yellow")], ...help];
  const logRows = Math.max(0, size.rows - above.length - below.length - 1);
  const log = view.log.slice(-logRows).map(logLine);
  const shown = view.overlay === undefined ? [...above, ruleLine(size.columns), ...pad(log, logRows), ...below] : [...above, ...below];
  return fill(shown, size);
}

function fill(lines: readonly Line[], size: TerminalSize): Line[] {
  return Array.from({ length: size.rows }, (_, row) => fit(lines[row] ?? [], size.columns));
}

function pad(lines: readonly Line[], rows: number): Line[] {
  return [...lines, ...Array.from({ length: Math.max(0, rows - lines.length) }, (): Line => [])];
}

function titleLine(view: CarView, columns: number): Line {
  const right: Span[] = [
    span("cloud "),
    span(view.cloud.toUpperCase(), view.cloud === "up" ? "green" : "red"),
    span(`  ${view.supplyVolts.toFixed(1)} V  ${view.clock} `),
  ];
  const rightWidth = right.reduce((sum, { text }) => sum + text.length, 0);
  return [...fit([span(" Latchkey", "bold"), span("  virtual car", "dim")], columns - rightWidth), ...right];
}

function ruleLine(columns: number): Line {
  const title = "─ Log ";
  return [span(title + "─".repeat(Math.max(0, columns - title.length)), "dim")];
}

const LATCH_STYLES: Readonly<Record<string, Style>> = { locked: "green", unlocked: "yellow", locking: "cyan", unlocking: "cyan", jammed: "red" };

function mark(latch: LatchView | undefined): Span {
  if (latch === undefined) return span("      ");
  const word = latch.open ? "OPEN" : ({ locked: "lock", unlocked: "free", locking: "→loc", unlocking: "→fre", jammed: "JAM!" }[latch.state] ?? "?");
  return span(`[${word.padEnd(4)}]`, latch.open ? "yellow" : (LATCH_STYLES[latch.state] ?? "dim"));
}

/** The car from above, nose up, with the state of each latch where it sits. */
function picture(latches: readonly LatchView[]): Line[] {
  const of = (id: string): LatchView | undefined => latches.find((latch) => latch.id === id);
  const left = of("driverDoor");
  const right = of("passengerDoor");
  const wing = (latch: LatchView | undefined, shut: string, open: string): Span => span(latch?.open === true ? open : shut, "bold");
  return [
    [span("             ╭────────╮", "bold")],
    [span("           ╭─╯  hood  ╰─╮", "bold")],
    [span("           │            │", "bold")],
    [span("           │ ╭────────╮ │", "bold")],
    [span("   "), mark(left), wing(left, "  ", "──"), span("│ │        │ │", "bold"), wing(right, "  ", "──"), mark(right)],
    [span("           │ ├────────┤ │", "bold")],
    [span("           │ │  seats │ │", "bold")],
    [span("           │ ├────────┤ │", "bold")],
    [span("   "), mark(of("chargePort")), span("  │ ╰────────╯ │", "bold")],
    [span("    charge │   "), mark(of("trunk")), span("   │", "bold")],
    [span("           ╰─╮  trunk ╭─╯", "bold")],
    [span("             ╰────────╯", "bold")],
  ];
}

function panel(view: CarView): Line[] {
  return [
    [span("Doors   ", "dim"), ...view.latches.slice(0, 4).flatMap((latch, index) => [span(index === 0 ? "" : ", "), span(`${latch.label} ${latch.open ? "open" : latch.state}`)])],
    [span("Drive   ", "dim"), span(view.drive, view.drive === "immobilised" ? "green" : "yellow"), span(view.valet ? "   valet mode" : "", "yellow")],
    [],
    [span("Phones", "dim")],
    ...view.phones.slice(0, 4).map(phoneLine),
    [],
    [span("Keys    ", "dim"), span(view.keys.length === 0 ? "none: the car has no owner yet" : "")],
    ...view.keys.slice(0, 4).map(({ name, role }): Line => [span(`  ${name.padEnd(12)} ${role}`)]),
    ...(view.keys.length > 4 ? [[span(`  and ${view.keys.length - 4} more`, "dim")]] : []),
  ];
}

function phoneLine(phone: PhoneView): Line {
  const where = `${phone.distanceM.toFixed(1)} m`;
  return [
    span(phone.selected ? "▸ " : "  ", "bold"),
    span(phone.name.padEnd(12)),
    span(phone.role.padEnd(9)),
    span(where.padStart(7)),
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
    const width = key.length + does.length + 4;
    if (used + width > columns && used > 0) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)!.push(span(" "), span(key, "inverse"), span(` ${does} `));
    used += width;
  }
  return lines;
}
