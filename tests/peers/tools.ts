import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it, onTestFinished } from "vitest";

/** Programs, and a file of one without a program, that examine us, and the Debian packages that have them. */
const PACKAGES: Readonly<Record<string, string>> = {
  socat: "socat",
  "nfc-list": "libnfc-bin",
  "nfc-poll": "libnfc-examples",
  pcscd: "pcscd",
  "/etc/reader.conf.d/vpcd": "vsmartcard-vpcd",
  scriptor: "pcsc-tools",
  gpsd: "gpsd",
  gpspipe: "gpsd-clients",
  gpsdecode: "gpsd-clients",
  oathtool: "oathtool",
  go: "golang-go",
};

/** Where the Python libraries of others are, once they were fetched. */
export const PYTHON = fileURLToPath(new URL("tesla-python/.venv/bin/python", import.meta.url));
const FETCHING = "python3 -m venv tests/peers/tesla-python/.venv && tests/peers/tesla-python/.venv/bin/pip install -r tests/peers/tesla-python/requirements.txt";

/** `pcscd` lives where only root's PATH leads. */
export const ENVIRONMENT: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, LC_ALL: "C" };

/**
 * Tests on other people's programs. Where these are not installed the tests count as not run, and say how to run them; with
 * LATCHKEY_PEERS=required they fail.
 */
export function describeWithTools(name: string, tools: readonly (keyof typeof PACKAGES)[], tests: () => void): void {
  describeWith(name, tools, (missing) => `sudo apt-get install ${[...new Set(missing.map((tool) => PACKAGES[tool]!))].join(" ")}`, tests);
}

/** The same for tests on {@link PYTHON}. */
export function describeWithPython(name: string, tests: () => void): void {
  describeWith(name, [PYTHON], () => FETCHING, tests);
}

function describeWith(name: string, tools: readonly string[], fetching: (missing: readonly string[]) => string, tests: () => void): void {
  const missing = tools.filter((tool) => !isThere(tool));
  if (missing.length === 0) return void describe(name, tests);
  const how = `not run without: ${fetching(missing)}`;
  describe(name, () => {
    if (process.env["LATCHKEY_PEERS"] !== "required") return void it.skip(how, () => undefined);
    it(how, () => {
      throw new Error(`${missing.join(", ")}: not installed`);
    });
  });
}

function isThere(tool: string): boolean {
  return tool.startsWith("/") ? existsSync(tool) : spawnSync("sh", ["-c", `command -v ${tool}`], { env: ENVIRONMENT }).status === 0;
}

/** A program under way, killed when the test ends. */
export interface Program {
  readonly child: ChildProcess;
  /** Standard output and error so far. */
  output(): string;
  /** Resolves once its output has `text`; rejects where it ends before. */
  says(text: string): Promise<void>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

export function start(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}, stdin?: string): Program {
  const child = spawn(command, args, { env: { ...ENVIRONMENT, ...environment }, stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.on("error", () => undefined);
  if (stdin !== undefined) child.stdin.end(stdin);
  let output = "";
  let check: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      check();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child,
    ended,
    output: () => output,
    says: (text) =>
      new Promise((resolve, reject) => {
        check = () => output.includes(text) && resolve();
        void ended.then((code) => reject(new Error(`${command} ended with ${code} and had not said "${text}": ${output}`)));
        check();
      }),
  };
}
