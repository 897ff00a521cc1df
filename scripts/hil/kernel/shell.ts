import { spawnSync } from "node:child_process";

/** Something this machine lacks, and the command that mends it. */
export class RigFailure extends Error {
  override readonly name = "RigFailure";
}

/** Output of a command; a {@link RigFailure} with its last words where it fails. */
export function sh(command: string, args: readonly string[], options: { readonly cwd?: string } = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" } });
  if (status === 0) return stdout;
  throw new RigFailure(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr.trim().split("\n").slice(-3).join(" ")}`);
}

/** Whether `command` is on the PATH. */
export function has(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}
