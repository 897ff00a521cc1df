import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { SUPERVISED_VARIABLE } from "../liveness/index.ts";

/** Waits between restarts: doubles from the first to the longest; a process that has run that long begins anew. */
export const RESTART_FIRST_MS = 500;
export const RESTART_LONGEST_MS = 30_000;

/** How long such a process may give no sign of life (hal/liveness), from its start on: a library that blocks the process is killed then. */
export const SILENCE_MAX_MS = 30_000;

/** How long it may take to end when told to. */
const STOP_TIMEOUT_MS = 2000;

/** A line of its own log is cut here. */
const LOG_LINE_LENGTH_MAX = 500;

export interface SuperviseOptions {
  /** What the process is called in the lines about it: radio, uplink. */
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** One line about the process: its own log, and each end and restart. */
  readonly onTrouble: (message: string) => void;
  readonly nowMs: () => number;
}

/** Keeps a process beside the car running, its radio or its uplink: a crash, a hang or a reset is a restart, and the car never stops for it. */
export class Supervisor {
  readonly #options: SuperviseOptions;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #waitMs = RESTART_FIRST_MS;
  #stopped = false;
  #restartCount = 0;

  constructor(options: SuperviseOptions) {
    this.#options = options;
    this.#start();
  }

  get restartCount(): number {
    return this.#restartCount;
  }

  /** Ends the process and waits for it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
  }

  #start(): void {
    const [program, ...args] = this.#options.command;
    const startedAtMs = this.#options.nowMs();
    // Its standard output belongs to nobody: libraries print there.
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], env: { ...process.env, [SUPERVISED_VARIABLE]: "1" } });
    this.#child = child;
    const hear = (): void => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => {
        this.#options.onTrouble(`the ${this.#options.name} has given no sign of life for ${SILENCE_MAX_MS / 1000} s: it is killed`);
        child.kill("SIGKILL");
      }, SILENCE_MAX_MS);
    };
    hear();
    child.on("message", hear);
    createInterface({ input: child.stderr! }).on("line", (line) => this.#options.onTrouble(`${this.#options.name}: ${line.slice(0, LOG_LINE_LENGTH_MAX)}`));
    let failure = "";
    child.on("error", (error) => (failure = error.message));
    child.on("close", (code, signal) => this.#ended(failure || `code ${code ?? signal}`, this.#options.nowMs() - startedAtMs));
  }

  #ended(why: string, ranMs: number): void {
    clearTimeout(this.#silence);
    this.#child = undefined;
    if (this.#stopped) return;
    if (ranMs >= RESTART_LONGEST_MS) this.#waitMs = RESTART_FIRST_MS;
    this.#options.onTrouble(`the ${this.#options.name} ended (${why}) and starts again in ${this.#waitMs} ms`);
    this.#timer = setTimeout(() => {
      this.#restartCount++;
      this.#start();
    }, this.#waitMs);
    this.#waitMs = Math.min(this.#waitMs * 2, RESTART_LONGEST_MS);
  }
}
