import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { packagePath } from "../cli/package-file.ts";
import { has, sh } from "./kernel/shell.ts";
import { runProgram } from "./step.ts";

/** Tesla's own command, at the version that go.mod there pins. */
const COMMAND = "github.com/teslamotors/vehicle-command/cmd/tesla-control";

/** What one connection and one command may take on an emulated processor. */
const TIMEOUTS = ["-connect-timeout", "40s", "-command-timeout", "30s"];

/** Builds `tesla-control`, unmodified and without native parts; its path, or undefined where this machine has no Go. */
export function buildTeslaControl(): string | undefined {
  if (!has("go")) return undefined;
  const folder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "latchkey", "hil");
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "tesla-control");
  sh("env", ["CGO_ENABLED=0", "go", "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-o", program, COMMAND], { cwd: packagePath("tests", "peers", "tesla") });
  return program;
}

/** Who uses it, on which adapter, for which car. */
export interface TeslaControlUser {
  readonly program: string;
  readonly adapter: string;
  readonly vin: string;
  /** Holds the key pair and the sessions that it caches. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs one command of `tesla-control` over Bluetooth to its end; what it said. `keyed`: with the user's key. */
export function teslaControl(user: TeslaControlUser, command: readonly string[], { keyed = true } = {}): Promise<string> {
  const { program, adapter, vin, folder, env } = user;
  const key = keyed ? ["-key-file", keyFiles(folder).private, "-session-cache", join(folder, "sessions.json")] : ["-disable-session-cache"];
  return runProgram("tesla-control", [program, "-ble", "-vin", vin, "-bt-adapter", adapter, ...TIMEOUTS, ...key, ...command], env);
}

/** A new key pair of the user, in the files and formats that the command reads. */
export function makeKeyPair(folder: string): string {
  const files = keyFiles(folder);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  writeFileSync(files.private, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  writeFileSync(files.public, publicKey.export({ type: "spki", format: "pem" }));
  return files.public;
}

function keyFiles(folder: string): { readonly private: string; readonly public: string } {
  return { private: join(folder, "tesla-control.pem"), public: join(folder, "tesla-control.pub.pem") };
}
