import type { VehicleDescription } from "../../firmware/lock/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { DEFAULT_LISTEN } from "./listen.ts";

/** What `latchkey car` runs with: docs/car-config.schema.json with its defaults filled in. */
export interface CarConfig {
  readonly listen: string;
  readonly allowRemote: boolean;
  readonly flash: { readonly path?: string; readonly sectorCount: number; readonly sectorBytes: number };
  readonly vehicle: VehicleDescription | undefined;
}

/** One thing wrong with a configuration: where, and what to write instead. */
export interface ConfigFault {
  /** JSON Pointer (RFC 6901) into the file; empty for the whole of it. */
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}


/** A car without a configuration file. */
export const DEFAULT_CAR_CONFIG: CarConfig = {
  listen: DEFAULT_LISTEN,
  allowRemote: false,
  flash: { sectorCount: 256, sectorBytes: 4096 },
  vehicle: undefined,
};

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
