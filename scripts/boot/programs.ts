import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { messageOf } from "../../hal/durable-file/index.ts";
import { packageFolders } from "../../hal/optional-package/index.ts";
import type { CarEnd, Programs } from "./loader.ts";

export interface ProgramOptions {
  /** What the car is started with, `car` first. */
  readonly carArgs: readonly string[];
  readonly selfTestArgs: readonly string[];
  readonly flashPath: string;
  /** Where the self-test gets its copy of the flash. */
  readonly copyPath: string;
  readonly trialTimeoutMs: number;
}

/** A day of the car takes a second; on a small computer, ten. */
const SELF_TEST_TIMEOUT_MS = 120_000;
/** How often the watchdog looks whether the trial has confirmed itself. */
const WATCH_INTERVAL_MS = 250;
/** Between asking a car to stop and ending it. */
const STOP_TIMEOUT_MS = 10_000;
const COMPLAINT_BYTES_MAX = 4096;

/** Runs bundles as processes of this Node. A signal to the boot loader stops the car, and then the boot loader. */
export class ProcessPrograms implements Programs {
  readonly #options: ProgramOptions;
  #stopping = false;
  #stop: (() => void) | undefined;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  /** Asks the car that runs to stop; none is started afterwards. */
  stop(): void {
    this.#stopping = true;
    this.#stop?.();
  }

  async selfTest(path: string): Promise<string | undefined> {
    const { flashPath, copyPath, selfTestArgs } = this.#options;
    this.#removeCopy();
    try {
      if (existsSync(flashPath)) copyFileSync(flashPath, copyPath);
      return await this.#selfTestOn(path, [...selfTestArgs, "--flash", copyPath]);
    } catch (error) {
      return messageOf(error);
    } finally {
      this.#removeCopy();
    }
  }

  run(path: string, confirmed: (() => boolean) | undefined): Promise<CarEnd> {
    if (this.#stopping) return Promise.resolve({ kind: "stopped" });
    const child = spawn(process.execPath, [path, ...this.#options.carArgs], { stdio: "inherit", env: environment() });
    let hung = false;
    const deadlineMs = performance.now() + this.#options.trialTimeoutMs;
    const watch = confirmed && setInterval(() => {
      if (confirmed()) return clearInterval(watch);
      if (performance.now() < deadlineMs) return;
      hung = true;
      child.kill("SIGKILL");
    }, WATCH_INTERVAL_MS);
    this.#stop = () => stopInTime(child);
    return new Promise((resolve) => {
      const ended = (code: number): void => {
        clearInterval(watch);
        this.#stop = undefined;
        resolve(hung ? { kind: "hung" } : this.#stopping ? { kind: "stopped" } : { kind: "exited", code });
      };
      child.once("error", () => ended(1));
      child.once("exit", (code) => ended(code ?? 1));
    });
  }

  #selfTestOn(path: string, args: readonly string[]): Promise<string | undefined> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [path, "self-test", ...args], { stdio: ["ignore", "pipe", "pipe"], env: environment() });
      let said = "";
      const hear = (chunk: Buffer): void => {
        said = (said + chunk.toString()).slice(-COMPLAINT_BYTES_MAX);
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      const timer = setTimeout(() => child.kill("SIGKILL"), SELF_TEST_TIMEOUT_MS);
      child.once("error", (error) => resolve(error.message));
      child.once("close", (code) => {
        clearTimeout(timer);
        const lines = said.trim().split("\n");
        const telling = lines.find((line) => line.startsWith("failed")) ?? lines.find((line) => line.includes("Error"));
        resolve(code === 0 ? undefined : (telling ?? `it ended with ${code ?? "a signal"}`));
      });
    });
  }

  #removeCopy(): void {
    rmSync(this.#options.copyPath, { force: true });
    rmSync(`${this.#options.copyPath}.lock`, { force: true });
  }
}

/** A bundle lies in a slot, and packages with native parts lie beside the boot loader. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_PATH: packageFolders() };
}

function stopInTime(child: ChildProcess): void {
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS).unref();
}
