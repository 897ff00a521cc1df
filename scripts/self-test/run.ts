import { existsSync } from "node:fs";
import { InvariantViolation } from "../../firmware/base/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { virtualCarDescription } from "../../sim/body/index.ts";
import { WiredCar, WiredKey } from "../../sim/wired/index.ts";
import { geometryOf, openFlash } from "../board/flash.ts";
import { EXIT, UsageError, type ExitCode, type OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { requireCarConfig } from "../config/car-config.ts";
import { introduce, STORY } from "./story.ts";

/** What the self-test found: the steps that went well, and the first that did not. */
export interface SelfTestResult {
  readonly passed: readonly string[];
  readonly failure: { readonly step: string; readonly why: string } | undefined;
}

/**
 * Runs this program's controller through a day on a copy of the car's flash, with a key made for the purpose. Nothing is attached:
 * what the controller wants moved is looked at and thrown away, and the copy in memory goes with the process.
 */
export function selfTest(flashImage: Uint8Array | undefined, options: { readonly description: VehicleDescription; readonly sectorCount: number; readonly sectorBytes: number }): SelfTestResult {
  const passed: string[] = [];
  let step = "the car starts on the copy of its flash";
  const failed = (why: string): SelfTestResult => ({ passed, failure: { step, why } });
  try {
    const random = createSystemRandom();
    const crypto = createNodeCrypto({ random });
    const flash = createMemoryFlash(geometryOf(options), flashImage);
    const car = new WiredCar({ crypto, flash, randomOfBoot: () => random, description: options.description });
    const [fault] = car.report.faults;
    if (fault !== undefined) return failed(`it cannot read a record: ${fault.what}`);
    if (car.report.recovery.batchesLost > 0) return failed(`it finds ${car.report.recovery.batchesLost} commits lost`);
    passed.push(step);
    step = "a key is introduced on the copy";
    const [key, stranger] = ["self-test", "stranger"].map((name) => new WiredKey(car, name, { crypto, random })) as [WiredKey, WiredKey];
    const why = introduce(car, key);
    if (why !== undefined) return failed(why);
    passed.push(step);
    for (const { name, run } of STORY) {
      step = name;
      const wrong = run(car, key, stranger);
      if (wrong !== undefined) return failed(wrong);
      passed.push(name);
    }
    return { passed, failure: undefined };
  } catch (fault) {
    if (fault instanceof RangeError || fault instanceof TypeError || fault instanceof InvariantViolation) return failed(fault.message);
    throw fault;
  }
}

/** Exit 0 only where every step passed. */
export async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const path = values["flash"];
  if (typeof path !== "string") throw new UsageError("--flash COPY is missing: the self-test never runs on the flash of a running car");
  const config = values["config"];
  const { flash, vehicle } = await requireCarConfig(typeof config === "string" ? config : undefined);
  const description = vehicle ?? virtualCarDescription({ walkAwayEnabled: false });
  const { passed, failure } = selfTest(existsSync(path) ? imageOf(path, flash) : undefined, { description, ...flash });
  const lines = [...passed.map((name) => `ok      ${name}`), ...(failure === undefined ? [] : [`failed  ${failure.step}: ${failure.why}`])];
  output.answer({ ok: failure === undefined, passed, failure: failure ?? null }, lines.join("\n"));
  return failure === undefined ? EXIT.ok : EXIT.refused;
}

function imageOf(path: string, geometry: { readonly sectorCount: number; readonly sectorBytes: number }): Uint8Array {
  const flash = openFlash(path, geometryOf(geometry));
  try {
    return flash.read(0, geometry.sectorCount * geometry.sectorBytes);
  } finally {
    flash.close();
  }
}
