import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject } from "ajv";
import { err, fromBase64Url, ok, type Result } from "../../firmware/base/index.ts";
import type { UpdateSettings } from "../../firmware/controller/index.ts";
import { parsePublicKey } from "../../firmware/cose/index.ts";
import { isName } from "../../firmware/wire/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { descriptionFaults, type VehicleDescription } from "../../firmware/lock/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { packageJson } from "../cli/package-file.ts";
import { parseAddress } from "./listen.ts";
import { piFaults, type PiSettings } from "./pi-settings.ts";
import { DEFAULT_CAR_CONFIG, type CarConfig, type ConfigFault } from "./car-settings.ts";

const SCHEMA = packageJson("docs", "car-config.schema.json") as Record<string, unknown>;

/** The configuration in `file`, or all that is wrong with it: by docs/car-config.schema.json, then by the vehicle's own rules. */
export function checkCarConfig(file: string): { readonly config: CarConfig; readonly faults: readonly ConfigFault[] } {
  const data = readJson(file);
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: true, verbose: true });
  if (!ajv.validate(SCHEMA, data)) return { config: DEFAULT_CAR_CONFIG, faults: (ajv.errors ?? []).map(toFault) };
  const faults: ConfigFault[] = [];
  const raw = data as { listen?: string; allowRemote?: boolean; flash?: Partial<CarConfig["flash"]>; vehicle?: Partial<VehicleDescription>; update?: { model: string; releaseKey?: string }; pi?: PiSettings };
  const vehicle = raw.vehicle === undefined ? undefined : ({ crash: undefined, resetInput: undefined, ...raw.vehicle } as VehicleDescription);
  if (raw.listen !== undefined && parseAddress(raw.listen) === undefined) {
    faults.push({ path: "/listen", message: `is ${JSON.stringify(raw.listen)}`, fix: "write HOST:PORT with a port from 0 to 65535" });
  }
  if (vehicle !== undefined) {
    for (const message of descriptionFaults(vehicle)) faults.push({ path: "/vehicle", message, fix: "correct the vehicle's description" });
  }
  const update = faults.length > 0 || raw.update === undefined ? undefined : updateOf(raw.update);
  if (update?.ok === false) faults.push(update.error);
  if (faults.length === 0 && raw.pi !== undefined) faults.push(...piFaults(raw.pi, vehicle));
  const { listen, allowRemote, flash } = DEFAULT_CAR_CONFIG;
  const config: CarConfig = { listen: raw.listen ?? listen, allowRemote: raw.allowRemote ?? allowRemote, flash: { ...flash, ...raw.flash }, vehicle, ...(raw.pi === undefined ? {} : { pi: raw.pi }), ...(update?.ok === true && { update: update.value }) };
  return { config, faults };
}

function updateOf({ model, releaseKey }: { readonly model: string; readonly releaseKey?: string }): Result<UpdateSettings, ConfigFault> {
  if (!isName(model)) return err({ path: "/update/model", message: "is no name", fix: "write 1 to 64 letters that a terminal can show" });
  if (releaseKey === undefined) return ok({ model });
  const coseKey = fromBase64Url(releaseKey);
  const key = coseKey && parsePublicKey(createNodeCrypto({ random: createSystemRandom() }), coseKey);
  if (key?.ok !== true) return err({ path: "/update/releaseKey", message: "is no public key", fix: "copy it from: latchkey update keygen" });
  return ok({ model, releaseKey: key.value.coseKey });
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (fault) {
    throw new CommandFailure(`${file} cannot be read: ${(fault as Error).message}`, "Name a file that exists, or leave --config out.");
  }
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw new CommandFailure(`${file} is not JSON: ${(fault as Error).message}`, "Correct it where the message points.");
  }
}

/** What the schema's checker found, in the words of a person who has to mend it. */
export function toFault(error: ErrorObject): ConfigFault {
  const path = error.instancePath;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "additionalProperties": {
      const known = Object.keys((error.parentSchema?.["properties"] ?? {}) as object).filter((name) => name !== "$schema");
      return { path: `${path}/${String(params["additionalProperty"])}`, message: "is not known", fix: `remove it, or use one of: ${known.join(", ")}` };
    }
    case "required":
      return { path: `${path}/${String(params["missingProperty"])}`, message: "is missing", fix: "add it" };
    case "enum":
      return { path, message: `is ${JSON.stringify(error.data)}`, fix: `use one of: ${(params["allowedValues"] as unknown[]).join(", ")}` };
    default:
      return { path, message: error.message ?? "is wrong", fix: `it is ${JSON.stringify(error.data)} now` };
  }
}
