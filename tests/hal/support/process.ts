import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { onTestFinished } from "vitest";
import { testFolder } from "./folder.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** `body` as a bundled program file; its imports are relative to the root of the project. Runs on every Node, type syntax or not. */
export async function bundledProgram(body: string): Promise<string> {
  const outfile = join(testFolder(), "program.mjs");
  await build({
    stdin: { contents: body, resolveDir: ROOT, loader: "ts" },
    bundle: true, platform: "node", format: "esm", packages: "external", outfile, logLevel: "error",
  });
  return outfile;
}

/** Another process; killed when the test ends. */
export interface TestProcess {
  readonly process: ChildProcess;
  /** Resolves when a line of its output is `text`. Rejects if it ends before. */
  line(text: string): Promise<void>;
  /** SIGKILL, resolved when it is gone. */
  kill(): Promise<void>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts `file` with `args`. */
export function startProcess(file: string, args: readonly string[]): TestProcess {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    for (const check of waiting) check();
  });
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    process: child,
    ended,
    line: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (output.split("\n").includes(text)) resolve();
        };
        waiting.add(check);
        void ended.then((code) => reject(new Error(`ended with ${code} before "${text}": ${output}`)));
        check();
      }),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
