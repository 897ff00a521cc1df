import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packagePath } from "../cli/package-file.ts";

type Json = Readonly<Record<string, unknown>>;

/** A command that goes on, and the JSON lines that it prints. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Set<{ readonly fits: (line: Json) => boolean; readonly resolve: (line: Json) => void; readonly reject: (fault: Error) => void }>();
  #complaints = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr!.on("data", (chunk: Buffer) => (this.#complaints = `${this.#complaints}${chunk.toString()}`.slice(-1000)));
    for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on("line", (line) => this.#told(line));
    this.#ended = new Promise((resolve) =>
      child.on("close", (code) => {
        for (const { reject } of this.#waiting) reject(new Error(`a process of the bench ended with ${code}: ${this.#complaints}`));
        resolve();
      }),
    );
  }

  /** The next JSON line that fits. Rejects where the process ends first, or after `timeoutMs`. */
  heard(what: string, fits: (line: Json) => boolean, timeoutMs = 30_000): Promise<Json> {
    return new Promise((resolve, reject) => {
      const waiting = { fits, resolve, reject };
      this.#waiting.add(waiting);
      setTimeout(() => reject(new Error(`the bench waited ${timeoutMs / 1000} s for ${what}: ${this.#complaints}`)), timeoutMs).unref();
    });
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }

  #told(line: string): void {
    let told: Json;
    try {
      told = JSON.parse(line) as Json;
    } catch {
      return;
    }
    for (const waiting of this.#waiting) {
      if (!waiting.fits(told)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(told);
    }
  }
}

/** A home of its own for processes of `latchkey`, gone after {@link close}. */
export class BenchHome {
  readonly #folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  readonly #programs: Program[] = [];

  constructor() {
    for (const name of ["run", "data", "state"]) mkdirSync(this.path(name));
    chmodSync(this.path("run"), 0o700);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  start(...args: readonly string[]): Program {
    const child = this.#spawn(args);
    child.stdin!.end();
    const program = new Program(child);
    this.#programs.push(program);
    return program;
  }

  /** Runs a command to its end, which must be a good one; gives its one JSON object. */
  async run(args: readonly string[], stdin = ""): Promise<Json> {
    const child = this.#spawn(args);
    const said = { stdout: "", stderr: "" };
    child.stdout!.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr!.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.stdin!.end(stdin);
    const code = await new Promise((resolve) => child.on("close", resolve));
    if (code !== 0) throw new Error(`latchkey ${args.slice(0, 2).join(" ")} ended with ${String(code)}: ${said.stdout}${said.stderr}`);
    return JSON.parse(said.stdout) as Json;
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(args: readonly string[]): ChildProcess {
    const env = { PATH: process.env["PATH"], HOME: this.#folder, XDG_RUNTIME_DIR: this.path("run"), XDG_DATA_HOME: this.path("data"), XDG_STATE_HOME: this.path("state"), NO_COLOR: "1" };
    return spawn(process.execPath, [packagePath("dist", "bin", "latchkey.js"), ...args, "--json"], { env, stdio: ["pipe", "pipe", "pipe"] });
  }
}
