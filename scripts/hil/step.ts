import { spawn, type ChildProcess } from "node:child_process";
import { packagePath } from "../cli/package-file.ts";

/** One command of this suite takes seconds; on an emulated processor, tens of them. */
const COMMAND_TIMEOUT_MS = 120_000;

/** What a finished `latchkey` command came to. */
export interface Ended {
  readonly code: number | null;
  readonly answer: Readonly<Record<string, unknown>>;
  readonly stderr: string;
}

const LATCHKEY = [process.execPath, packagePath("dist", "bin", "latchkey.js")] as const;

/** A program that runs on while others talk to it. */
export interface Running {
  readonly process: ChildProcess;
  /** Resolves once its output has `text`; rejects when it ends first. */
  said(text: string): Promise<void>;
  /** Resolves when it is gone. */
  readonly ended: Promise<number | null>;
  /** All that it has said. */
  output(): string;
}

/**
 * Starts `latchkey` with `args` and lets it run; with `capabilities` (as setpriv(1) writes them, `+net_admin`) it may hold those and no
 * others, whoever runs it.
 */
export function start(args: readonly string[], env: NodeJS.ProcessEnv, capabilities?: readonly string[]): Running {
  const bounded = capabilities === undefined ? [] : ["setpriv", "--bounding-set", ["-all", ...capabilities].join(","), "--inh-caps", "-all", "--"];
  return startProgram([...bounded, ...LATCHKEY, ...args], env);
}

/** Starts another script of this folder and lets it run. */
export function startScript(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  return startProgram([process.execPath, scriptPath(name), ...args], env);
}

function startProgram(words: readonly string[], env: NodeJS.ProcessEnv): Running {
  const [program, ...rest] = words as [string, ...string[]];
  const child = spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    process: child,
    ended,
    output: () => output,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        void ended.then((code) => reject(new Error(`ended with ${code} before it said "${text}":\n${output}`)));
        look();
      }),
  };
}

/** Runs another script of this folder to its end; what it said, or a failure with that. */
export function runScript(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return runProgram(name, [process.execPath, scriptPath(name), ...args], env);
}

/** Runs any program to its end; what it said, or a failure with that under `name`. */
export function runProgram(name: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const [program, ...rest] = words as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), COMMAND_TIMEOUT_MS);
    let [said, complaints] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(said.trim());
      else reject(new Error(`${name} ended with ${code}: ${[said.trim(), complaints.trim()].join(" ").trim()}`));
    });
  });
}

/** Runs `latchkey` with `args` and --json to its end; `input` goes to its standard input. */
export function run(args: readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(LATCHKEY[0], [LATCHKEY[1], ...args, "--json"], { env, stdio: ["pipe", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), COMMAND_TIMEOUT_MS);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, answer: parsed(stdout), stderr });
    });
  });
}

function scriptPath(name: string): string {
  return packagePath("dist", "scripts", "hil", `${name}.js`);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return { unparsed: text };
  }
}
