import { CommandFailure } from "../cli/command.ts";
import { DEFAULT_CAR_CONFIG, type CarConfig, type ConfigFault } from "./car-settings.ts";

export type { CarConfig, ConfigFault } from "./car-settings.ts";

/** The configuration in `file`, or all that is wrong with it. The schema's checker is loaded only where there is a file to check. */
export async function loadCarConfig(file: string | undefined): Promise<{ readonly config: CarConfig; readonly faults: readonly ConfigFault[] }> {
  if (file === undefined) return { config: DEFAULT_CAR_CONFIG, faults: [] };
  return (await import("./check.ts")).checkCarConfig(file);
}

/** {@link loadCarConfig} for a command that cannot go on with a wrong file. */
export async function requireCarConfig(file: string | undefined): Promise<CarConfig> {
  const { config, faults } = await loadCarConfig(file);
  const [first] = faults;
  if (first === undefined) return config;
  const lines = faults.map(({ path, message, fix }) => `  ${path === "" ? "/" : path}: ${message}; ${fix}`);
  throw new CommandFailure(`${file!} has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${lines.join("\n")}`, "", { file, path: first.path, faults });
}
