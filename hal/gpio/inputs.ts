import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { SYSTEM_TIMER, type Timer } from "../serial-line/index.ts";
import { run, type GpioTools, type LineRequest } from "./tools.ts";

/** Waits before a tool that has ended is started again: doubles from the first to the longest. */
export const RESTART_FIRST_MS = 500;
export const RESTART_LONGEST_MS = 30_000;

/** A switch must stand still this long before it counts; a contact bounces for some milliseconds. */
export const DEBOUNCE_MS = { default: 30, min: 20, max: 50 } as const;

/** A longer line of the tool's output is no edge. */
const EDGE_LENGTH_MAX = 64;

export interface InputListener {
  /** The line has stood at this level for the debounce time; also once for each line after each start. */
  changed(line: number, active: boolean): void;
  /** An active pulse has ended, not debounced, measured by the kernel's own time of the edges; whole milliseconds. */
  pulsed(line: number, pulseMs: number): void;
  noticed(what: string): void;
}

export interface InputOptions {
  readonly tools: GpioTools;
  readonly request: LineRequest;
  readonly lines: readonly number[];
  readonly debounceMs: number;
  readonly listener: InputListener;
  readonly timer?: Timer;
}

interface Line {
  settled: boolean | undefined;
  level: boolean | undefined;
  roseAtNs: bigint | undefined;
  cancel: () => void;
}

/** Input lines watched by a `gpiomon` child. Its end is a restart, with all lines read again. */
export class GpioInputs {
  readonly #options: InputOptions;
  readonly #timer: Timer;
  readonly #lines: ReadonlyMap<number, Line>;
  #child: ChildProcess | undefined;
  #waitMs = RESTART_FIRST_MS;
  #cancelRestart: () => void = () => undefined;
  #isClosed = false;
  #isLossTold = false;

  constructor(options: InputOptions) {
    this.#options = options;
    this.#timer = options.timer ?? SYSTEM_TIMER;
    this.#lines = new Map(options.lines.map((line) => [line, { settled: undefined, level: undefined, roseAtNs: undefined, cancel: () => undefined }]));
    void this.#start();
  }

  /** Ends the tool, which lets the lines go. */
  close(): void {
    this.#isClosed = true;
    this.#cancelRestart();
    for (const line of this.#lines.values()) line.cancel();
    this.#child?.kill("SIGTERM");
  }

  async #start(): Promise<void> {
    const { tools, request, lines } = this.#options;
    // Read before they are watched: a line that is watched cannot be read by another program.
    const printed = await run(tools.read(request, lines));
    if (this.#isClosed) return;
    if (!printed.ok) return this.#ended(printed.error);
    const values = printed.value.trim().split(/\s+/);
    if (values.length !== lines.length || values.some((value) => value !== "0" && value !== "1")) return this.#ended("gpioget printed something else than values");
    const [file, ...args] = tools.monitor(request, lines);
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    let complaint = "";
    createInterface({ input: child.stdout }).on("line", (text) => this.#edge(text));
    createInterface({ input: child.stderr }).on("line", (text) => (complaint = text.slice(0, 200)));
    child.on("error", (error) => (complaint = error.message));
    child.on("close", (code, signal) => this.#ended(complaint || `code ${code ?? signal}`));
    const startedStable = this.#timer.after(RESTART_LONGEST_MS, () => {
      this.#waitMs = RESTART_FIRST_MS;
      this.#isLossTold = false;
    });
    child.on("close", startedStable);
    for (const [index, line] of lines.entries()) this.#level(line, values[index] === "1", undefined);
  }

  #ended(why: string): void {
    this.#child = undefined;
    if (this.#isClosed) return;
    for (const line of this.#lines.values()) {
      line.cancel();
      line.settled = undefined;
      line.roseAtNs = undefined;
    }
    if (!this.#isLossTold) this.#options.listener.noticed(`inputs ${this.#options.lines.join(", ")}: ${why}; they are asked for again`);
    this.#isLossTold = true;
    this.#cancelRestart = this.#timer.after(this.#waitMs, () => void this.#start());
    this.#waitMs = Math.min(this.#waitMs * 2, RESTART_LONGEST_MS);
  }

  #edge(text: string): void {
    const match = text.length > EDGE_LENGTH_MAX ? null : /^\s*([012])\s+([0-9]{1,4})\s+([0-9]{1,10})\.([0-9]{1,9})\s*$/.exec(text);
    if (match === null) return;
    // Version 1 may print the nanoseconds without leading zeros: read as a number, both are the same.
    this.#level(Number(match[2]), match[1] === "1", BigInt(match[3]!) * 1_000_000_000n + BigInt(match[4]!));
  }

  #level(number: number, active: boolean, atNs: bigint | undefined): void {
    const line = this.#lines.get(number);
    if (line === undefined || this.#isClosed) return;
    line.level = active;
    this.#measure(number, line, active, atNs);
    line.cancel();
    line.cancel = this.#timer.after(this.#options.debounceMs, () => {
      if (line.settled === active) return;
      line.settled = active;
      this.#options.listener.changed(number, active);
    });
  }

  #measure(number: number, line: Line, active: boolean, atNs: bigint | undefined): void {
    if (active) line.roseAtNs = atNs;
    else {
      if (line.roseAtNs !== undefined && atNs !== undefined && atNs >= line.roseAtNs) this.#options.listener.pulsed(number, Number((atNs - line.roseAtNs) / 1_000_000n));
      line.roseAtNs = undefined;
    }
  }
}
