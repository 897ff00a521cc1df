import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { testFolder } from "../hal/support/folder.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/bin/latchkey.js", import.meta.url));

type Json = Readonly<Record<string, unknown>>;

/** What a command came to. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its one JSON object, where it printed one. */
  readonly json: Json;
}

/** A user of this machine: a home of its own, in which cars and keys live as long as the test. */
export class User {
  readonly home = testFolder();
  private readonly environment: NodeJS.ProcessEnv;

  constructor() {
    const folder = (name: string): string => {
      const path = join(this.home, name);
      mkdirSync(path, { mode: 0o700 });
      return path;
    };
    this.environment = { PATH: process.env["PATH"], HOME: this.home, USER: "anna", NO_COLOR: "1", XDG_RUNTIME_DIR: folder("run"), XDG_DATA_HOME: folder("data"), XDG_STATE_HOME: folder("state"), TMPDIR: folder("tmp") };
  }

  path(name: string): string {
    return join(this.home, name);
  }

  /** Runs `latchkey ARGS` to its end, its stdout read here or sent to the file `into`. */
  async run(args: readonly string[], stdin = "", into?: string): Promise<Ended> {
    const child = this.spawn(args, into === undefined ? "pipe" : openSync(into, "w"));
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin!.end(stdin);
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, stdout, stderr, json: jsonOf(stdout) };
  }

  /** Starts a car on a flash file of this user, and waits until keys can reach it. */
  startCar(flash = "car.flash", more: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<CarProcess> {
    return this.startCarWith(["car", "run", "--no-tui", "--listen", "127.0.0.1:0", "--flash", this.path(flash), ...more], environment);
  }

  /** Starts a car with a command line of the test's own, `--json` besides, and waits until it is ready. */
  async startCarWith(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<CarProcess> {
    const child = this.spawn([...args, "--json"], "pipe", environment);
    child.stdin!.end();
    const car = new CarProcess(child);
    await car.ready;
    return car;
  }

  /** Starts a car under the boot loader, and waits until keys can reach it. */
  async bootCar(options: readonly string[] = [], carOptions: readonly string[] = []): Promise<CarProcess> {
    const child = this.spawn(["boot", "--json", "--slots", this.path("slots"), ...options, "--", "car", "--no-tui", "--json", "--listen", "127.0.0.1:0", "--flash", this.path("car.flash"), ...carOptions]);
    child.stdin!.end();
    const car = new CarProcess(child);
    await car.ready;
    return car;
  }

  /** Starts `latchkey ARGS --json`, which goes on until it is stopped. */
  start(args: readonly string[]): Running {
    return new Running(this.spawn([...args, "--json"]));
  }

  /** Runs `latchkey ARGS`, which asks in the middle: what it says on standard error, then the answers. */
  converse(args: readonly string[]): { says(text: string): Promise<string>; end(stdin: string): Promise<Ended> } {
    const child = this.spawn(args);
    let [stdout, stderr] = ["", ""];
    let look: () => void = () => undefined;
    child.stdout!.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr!.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      look();
    });
    const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr, json: jsonOf(stdout) })));
    return {
      says: (text) =>
        new Promise((resolve, reject) => {
          look = () => stderr.includes(`${text}`) && stderr.endsWith("\n") && resolve(stderr);
          look();
          void ended.then(() => reject(new Error(`it ended and had not said "${text}": ${stderr}`)));
        }),
      end: (stdin) => {
        child.stdin!.end(stdin);
        return ended;
      },
    };
  }

  /** Runs `latchkey ARGS` on a terminal of its own, in a shell that stays there when it ends. */
  onTerminal(args: readonly string[]): { shows(text: string): Promise<void>; press(keys: string): void } {
    const command = `stty rows 40 cols 120; "${process.execPath}" "${PROGRAM}" ${args.join(" ")}; sleep 600`;
    const child = spawn("script", ["-q", "-f", "-e", "-c", command, "/dev/null"], { env: { ...this.environment, TERM: "xterm", SHELL: "/bin/sh" }, stdio: ["pipe", "pipe", "ignore"], detached: true });
    onTestFinished(() => killAll(child));
    let screen = "";
    let look: () => void = () => undefined;
    child.stdout.on("data", (chunk: Buffer) => {
      screen += chunk.toString();
      look();
    });
    return {
      shows: (text) =>
        new Promise((resolve, reject) => {
          look = () => screen.includes(text) && resolve();
          look();
          child.once("close", () => reject(new Error(`it ended and had not shown "${text}"`)));
        }),
      press: (keys) => void child.stdin.write(keys),
    };
  }

  /** Processes of this user whose command line names its home and holds `text`. */
  processes(text = ""): readonly number[] {
    const { stdout } = spawnSync("pgrep", ["-f", `${text}.*${this.home}`], { encoding: "utf8" });
    return stdout.split("\n").filter((line) => line !== "").map(Number);
  }

  private spawn(args: readonly string[], stdout: "pipe" | number = "pipe", environment: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...this.environment, ...environment }, stdio: ["pipe", stdout, "pipe"], detached: true });
    if (stdout !== "pipe") closeSync(stdout);
    // Whoever ends before it has read its input is asked nothing more.
    child.stdin!.on("error", () => undefined);
    onTestFinished(() => killAll(child));
    return child;
  }
}

/** A process, and whatever it has started: a boot loader that is killed leaves its car running, as it should. */
function killAll(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // All of them have ended.
  }
}

/** A command that goes on, and the JSON lines it has printed. */
export class Running {
  readonly events: Json[] = [];
  readonly ended: Promise<number | null>;
  protected readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();
  private complaints = "";

  constructor(child: ChildProcess) {
    this.child = child;
    child.stderr!.on("data", (chunk: Buffer) => (this.complaints += chunk.toString()));
    this.ended = new Promise((resolve) => child.on("close", resolve));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      this.events.push(jsonOf(line));
      for (const look of [...this.waiting]) look();
    });
  }

  /** Resolves once `count` events that fit have come since the start; rejects when the process ends before. */
  heard(fits: (event: Json) => boolean, count = 1): Promise<Json> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.events.filter(fits);
        if (found.length < count) return;
        this.waiting.delete(look);
        resolve(found[count - 1]!);
      };
      this.waiting.add(look);
      look();
      void this.ended.then((code) => reject(new Error(`it ended with ${code} before that came: ${this.complaints}`)));
    });
  }

  /** A line on its standard input. */
  say(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  /** Asks it to stop, as a service manager does; gives its exit code. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.ended;
  }

  /** kill -9: it does not hear of it. Resolved when it is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** `latchkey car run` as its own process; killed when the test ends. */
export class CarProcess extends Running {
  /** Its first `ready`. */
  readonly ready: Promise<Json> = this.heard(({ event }) => event === "ready");

  /** Where it listens now: it may have started again under a boot loader. */
  private get address(): string {
    return String(this.events.filter(({ event }) => event === "ready").at(-1)?.["address"] ?? "");
  }

  /** As `--via` takes it. */
  get via(): string {
    return `socket:${this.address}`;
  }

  get port(): number {
    return Number(this.address.slice(this.address.lastIndexOf(":") + 1));
  }
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}
