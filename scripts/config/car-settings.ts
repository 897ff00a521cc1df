import type { VehicleDescription } from "../../firmware/lock/index.ts";
import type { UpdateSettings } from "../../firmware/controller/index.ts";
import type { PiSettings } from "./pi-settings.ts";
import { DEFAULT_LISTEN } from "./listen.ts";

/** What `latchkey car` runs with: docs/car-config.schema.json with its defaults filled in. */
export interface CarConfig {
  readonly listen: string;
  readonly allowRemote: boolean;
  readonly flash: { readonly path?: string; readonly sectorCount: number; readonly sectorBytes: number };
  readonly vehicle: VehicleDescription | undefined;
  readonly update?: UpdateSettings;
  /** What hangs on a Pi; only `--board pi` needs it. */
  readonly pi?: PiSettings;
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
