import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { URI } from "otpauth";
import { encodeWallet, type Wallet } from "../../firmware/key/index.ts";
import type { CryptoPort } from "../../firmware/ports/index.ts";
import { openKeyFile } from "../../hal/key-file/index.ts";
import { SUPERVISED_VARIABLE } from "../../hal/liveness/index.ts";
import { CarUplink } from "../board/uplink.ts";
import type { RunningCar } from "../board/running-car.ts";

const PERIOD_MS = 30_000;
const ACCOUNT = "anna";

/** How the cloud may be made to fail from this terminal, in turn. */
export const REMOTE_FAULTS = ["500", "hang", "wrong-tls", "flood", "gone", "none"] as const;

export interface RemoteAppOptions {
  readonly car: RunningCar;
  readonly crypto: CryptoPort;
  readonly onTrouble: (message: string) => void;
  /** The latchkey command: program and first arguments. */
  readonly command: readonly [string, ...string[]];
}

/** What a command came to. */
interface Ended {
  readonly ok: boolean;
  readonly answer: Readonly<Record<string, unknown>>;
}

/**
 * The owner's remote app beside a virtual car, made of the real parts: a cloud, an uplink and `latchkey app`, each a process of its own, in a
 * folder that passes with them. The password is this terminal's; the second factor is the person's.
 */
export class RemoteApp {
  readonly #options: RemoteAppOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "latchkey-app-"));
  readonly #password = randomBytes(18).toString("base64url");
  readonly #children = new Set<ChildProcess>();
  #uplink: CarUplink | undefined;
  #cloud = "";
  #enrolling: { readonly child: ChildProcess; readonly ended: Promise<Ended> } | undefined;
  #uri = "";
  #lastStep = 0;
  #isLoggedIn = false;
  #fault = -1;

  constructor(options: RemoteAppOptions) {
    this.#options = options;
  }

  get isLoggedIn(): boolean {
    return this.#isLoggedIn;
  }

  /** The `otpauth:` URI that an authenticator scans. */
  get uri(): string {
    return this.#uri;
  }

  /** Starts the cloud, makes an account, takes the car in, and begins a second factor. */
  async open(wallet: Wallet): Promise<void> {
    await this.#keepKey(wallet);
    this.#cloud = await this.#startCloud();
    await this.#must(["app", "create", "--cloud", this.#cloud, "--account", ACCOUNT], this.#password);
    await this.#must(["app", "login", "--cloud", this.#cloud, "--account", ACCOUNT], this.#password);
    const token = join(this.#folder, "uplink.token");
    await this.#must(["app", "register", "--token-file", token]);
    const path = join(this.#folder, "car.uplink");
    const command = [...this.#options.command, "uplink", "--car", path, "--cloud", this.#cloud, "--token-file", token] as unknown as readonly [string, ...string[]];
    this.#uplink = await CarUplink.open(this.#options.car, { path, command, withPosition: true }, this.#options.onTrouble);
    await this.#beginSecondFactor();
  }

  /** Switches the second factor on with the code that an authenticator shows, and logs out: from now on it is asked for. */
  async confirm(code: string): Promise<string> {
    const { child, ended } = this.#enrolling!;
    this.#enrolling = undefined;
    child.stdin!.end(`${code}\n`);
    const { ok, answer } = await ended;
    if (!ok) {
      await this.#beginSecondFactor();
      return `not switched on: ${sentenceOf(answer)}`;
    }
    await this.#must(["app", "logout"]);
    this.#isLoggedIn = false;
    return "two-factor login is on, and the app is logged out: m logs in with a code";
  }

  get isEnrolling(): boolean {
    return this.#enrolling !== undefined;
  }

  async logIn(code: string): Promise<string> {
    const { ok, answer } = await this.#run(["app", "login", "--cloud", this.#cloud, "--account", ACCOUNT], `${this.#password}\n${code}\n`);
    this.#isLoggedIn = ok;
    return ok ? "logged in with two factors: m unlocks through the cloud, M logs out" : `not logged in: ${sentenceOf(answer)}`;
  }

  /** An act of the owner's key through the courier, and where the car is. */
  async unlock(wallet: Wallet): Promise<string> {
    await this.#keepKey(wallet);
    const { ok, answer } = await this.#run(["app", "unlock"]);
    if (!ok) return `through the cloud: ${sentenceOf(answer)}`;
    const where = await this.#run(["app", "where"]);
    const place = where.ok ? `, at ${Number(where.answer["latitudeDeg"]).toFixed(4)}, ${Number(where.answer["longitudeDeg"]).toFixed(4)}` : "";
    return `through the cloud, with the owner's key: unlocked${place}`;
  }

  async logOut(): Promise<string> {
    const { ok, answer } = await this.#run(["app", "logout"]);
    this.#isLoggedIn = false;
    return ok ? "logged out: m logs in with a code" : `logged out here; the cloud: ${sentenceOf(answer)}`;
  }

  /** Makes the cloud fail, each time in another way. */
  async nextFault(): Promise<string> {
    this.#fault = (this.#fault + 1) % REMOTE_FAULTS.length;
    const fault = REMOTE_FAULTS[this.#fault]!;
    await this.#must(["cloud", "fault", fault, "--data", this.#data]);
    return fault === "none" ? "the real cloud works again" : `the real cloud fails: ${fault}. u still unlocks`;
  }

  /** The code of an authenticator that this terminal plays. A code counts once, so after one is used it is the next one's turn. */
  ownCode(nowMs: number): string {
    const totp = URI.parse(this.#uri);
    const step = Math.max(Math.floor(nowMs / PERIOD_MS), this.#lastStep + 1);
    this.#lastStep = step;
    return totp.generate({ timestamp: step * PERIOD_MS } as never);
  }

  async close(): Promise<void> {
    // At once, for this process may be about to end.
    const closed = this.#uplink?.close();
    for (const child of this.#children) child.kill("SIGTERM");
    rmSync(this.#folder, { recursive: true, force: true });
    await closed;
  }

  get #data(): string {
    return join(this.#folder, "cloud");
  }

  /** The selected phone's key as a file, for the processes that act with it. */
  async #keepKey(wallet: Wallet): Promise<void> {
    const opened = await openKeyFile(this.#key);
    if (!opened.ok) throw new Error(opened.error.message);
    const saved = opened.value.save(encodeWallet(this.#options.crypto, wallet));
    opened.value.close();
    if (!saved.ok) throw new Error(saved.error.message);
  }

  get #key(): string {
    return join(this.#folder, "key");
  }

  #startCloud(): Promise<string> {
    const child = this.#spawn(["cloud", "run", "--listen", "127.0.0.1:0", "--data", this.#data, "--json"]);
    return new Promise((resolve, reject) => {
      let complaint = "";
      child.stderr!.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-500)));
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const { event, address, message } = JSON.parse(line) as { event?: string; address?: string; message?: string };
        if (event === "ready") resolve(address!);
        else if (message !== undefined) complaint = message;
      });
      child.once("close", () => reject(new Error(complaint || "the cloud did not start")));
    });
  }

  /** Resolves once the cloud has given the secret; the code is still to come. */
  #beginSecondFactor(): Promise<void> {
    const child = this.#spawn(["app", "two-factor", "enrol", "--file", this.#key, "--json"]);
    const ended = endOf(child);
    this.#enrolling = { child, ended };
    return new Promise((resolve, reject) => {
      createInterface({ input: child.stderr! }).on("line", (line) => {
        if (!line.startsWith("otpauth://")) return;
        this.#uri = line;
        resolve();
      });
      void ended.then(({ answer }) => reject(new Error(sentenceOf(answer))));
    });
  }

  async #must(args: readonly string[], stdin = ""): Promise<void> {
    const { ok, answer } = await this.#run(args, `${stdin}\n`);
    if (!ok) throw new Error(sentenceOf(answer));
  }

  #run(args: readonly string[], stdin = ""): Promise<Ended> {
    const child = this.#spawn([...args, ...(args[0] === "app" && args[1] !== "create" ? ["--file", this.#key] : []), "--json"]);
    child.stderr!.resume();
    child.stdin!.end(stdin);
    return endOf(child);
  }

  #spawn(args: readonly string[]): ChildProcess {
    const [program, ...first] = this.#options.command;
    const child = spawn(program, [...first, ...args], { stdio: ["pipe", "pipe", "pipe", "ipc"], env: { ...process.env, [SUPERVISED_VARIABLE]: "1" } });
    this.#children.add(child);
    child.on("error", () => undefined);
    child.stdin!.on("error", () => undefined);
    child.once("close", () => this.#children.delete(child));
    return child;
  }
}

function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  child.stdout!.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ ok: code === 0, answer: jsonOf(stdout) })));
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function sentenceOf(answer: Readonly<Record<string, unknown>>): string {
  return String(answer["message"] ?? answer["error"] ?? "it ended without an answer");
}
