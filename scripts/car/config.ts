import { EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { loadCarConfig } from "../config/car-config.ts";

export const CONFIG_SUBCOMMAND: Subcommand = {
  name: "car config",
  summary: "check a configuration: car config check FILE names every fault with its place and its fix",
  positionals: ["check", "FILE"],
  options: {},
  examples: ["latchkey car config check /etc/latchkey/car.json"],
  run,
};

async function run(_values: OptionValues, [action, file]: readonly string[], output: Output): Promise<ExitCode> {
  if (action !== "check") throw new UsageError(`there is no "car config ${action!}"; write: car config check FILE`);
  const { faults } = await loadCarConfig(file);
  const ok = faults.length === 0;
  const lines = faults.map(({ path, message, fix }) => `${file!}: ${path === "" ? "/" : path} ${message}; ${fix}`);
  output.answer({ ok, file, faults }, ok ? `${file!} is in order` : lines.join("\n"));
  return ok ? EXIT.ok : EXIT.refused;
}
