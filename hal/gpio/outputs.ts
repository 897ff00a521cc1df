import { spawn, type ChildProcess } from "node:child_process";
import { type Command, type GpioTools, type LineRequest } from "./tools.ts";

export interface OutputListener {
  /** The tool could not drive the line. */
  failed(line: number, on: boolean, why: string): void;
}

export interface OutputOptions {
  readonly tools: GpioTools;
  readonly request: LineRequest;
  /** Pairs of lines that are never driven together. */
  readonly interlocks: readonly (readonly [number, number])[];
  readonly pulseMsMax: number;
  readonly listener: OutputListener;
}

/** An order to a line that waits until its partner's tool is gone. */
interface Order {
  readonly line: number;
  readonly command: Command;
}

/**
 * Output lines, each driven by a `gpioset` child of its own only while it is on. The child ends a pulse by itself, whatever becomes
 * of this process, and its death lets the line go.
 */
export class GpioOutputs {
  readonly #options: OutputOptions;
  readonly #partner: ReadonlyMap<number, number>;
  readonly #children = new Map<number, ChildProcess>();
  readonly #waiting = new Map<number, Order>();
  readonly #released = new WeakSet<ChildProcess>();
  #isClosed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#partner = new Map(options.interlocks.flatMap(([a, b]) => [[a, b], [b, a]]));
  }

  pulse(line: number, durationMs: number): void {
    const { tools, request, pulseMsMax } = this.#options;
    this.#order({ line, command: tools.pulse(request, line, Math.min(durationMs, pulseMsMax)) });
  }

  hold(line: number, on: boolean): void {
    const { tools, request } = this.#options;
    if (on) this.#order({ line, command: tools.hold(request, line) });
    else this.#release(line);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    const ends = [...this.#children.values()].map((child) => new Promise<void>((resolve) => {
      child.once("close", () => resolve());
      child.kill("SIGTERM");
    }));
    await Promise.all(ends);
  }

  #order(order: Order): void {
    if (this.#isClosed) return;
    const partner = this.#partner.get(order.line);
    if (partner !== undefined) this.#release(partner);
    this.#release(order.line);
    this.#waiting.set(order.line, order);
    this.#startWaiting();
  }

  /** Begins what waits on lines whose own child and whose partner's child are gone. */
  #startWaiting(): void {
    for (const order of [...this.#waiting.values()]) {
      const partner = this.#partner.get(order.line);
      if (this.#children.has(order.line) || (partner !== undefined && this.#children.has(partner))) continue;
      this.#waiting.delete(order.line);
      this.#start(order);
    }
  }

  #start({ line, command: [file, ...args] }: Order): void {
    const child = spawn(file, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#children.set(line, child);
    let complaint = "";
    child.stderr.on("data", (bytes: Buffer) => {
      if (complaint === "") complaint = bytes.toString().trim().split("\n")[0]!.slice(0, 200);
    });
    child.on("error", (error) => (complaint = error.message));
    child.on("close", (code, signal) => {
      this.#children.delete(line);
      if (!this.#isClosed && code !== 0 && !this.#released.has(child)) this.#options.listener.failed(line, true, complaint || `gpioset ended with ${code ?? signal}`);
      this.#startWaiting();
    });
  }

  #release(line: number): void {
    this.#waiting.delete(line);
    const child = this.#children.get(line);
    if (child === undefined) return;
    this.#released.add(child);
    child.kill("SIGTERM");
  }
}
