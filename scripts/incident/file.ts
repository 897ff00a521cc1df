import { readFileSync, statSync } from "node:fs";
import { Ajv } from "ajv";
import { incidentFaults, type Incident } from "../../sim/incident/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { shown } from "../cli/output.ts";
import { packageJson } from "../cli/package-file.ts";
import { toFault } from "../config/check.ts";
import type { ConfigFault } from "../config/car-settings.ts";

/** The six incidents of the package take 3 to 5 kB each. */
const FILE_BYTES_MAX = 256 * 1024;

/** The incident in `file`, by docs/incident.schema.json and then by its own names and times; otherwise a failure with all that is wrong. */
export function readIncident(file: string): Incident {
  const data = readJson(file);
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, verbose: true, discriminator: true });
  const valid = ajv.validate(packageJson("docs", "incident.schema.json") as Record<string, unknown>, data);
  const faults = valid
    ? incidentFaults(data as Incident).map((fault): ConfigFault => ({ ...fault, fix: "correct one of the two" }))
    : (ajv.errors ?? []).map(toFault);
  if (faults.length === 0) return data as Incident;
  const lines = faults.map(({ path, message, fix }) => `  ${path === "" ? "/" : path}: ${message}; ${fix}`);
  throw new CommandFailure(shown(`${file} is no incident:`) + `\n${lines.map(shown).join("\n")}`, "Its shape is in docs/incident.schema.json of the package.", { file, faults });
}

function readJson(file: string): unknown {
  let text: string;
  try {
    if (statSync(file).size > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
    text = readFileSync(file, "utf8");
  } catch (fault) {
    throw new CommandFailure(`${file} cannot be read: ${(fault as Error).message}`, "Name a file that exists, or an incident that comes with the package: latchkey incident list");
  }
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw new CommandFailure(`${file} is not JSON: ${(fault as Error).message}`, "Correct it where the message points.");
  }
}
