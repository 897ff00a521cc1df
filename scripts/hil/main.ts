import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { BLUETOOTH_DRIVERS, DEFAULT_DRIVER } from "../../hal/ble/index.ts";
import { packagePath } from "../cli/package-file.ts";
import { RigFailure, runKernelRig } from "./kernel/index.ts";
import { buildTeslaControl } from "./tesla-control.ts";

/**
 * Hardware in the loop: one suite of the Bluetooth radio on three rigs. Names each rig with what became of it.
 *
 * Usage: npm run hil -- [--rig virtual|kernel|air] [--adapter hciA,hciB] [--driver abandonware|stoprocent] [--suite whole|tesla]
 */
const RIGS = ["virtual", "kernel", "air"] as const;
type Rig = (typeof RIGS)[number];

type Outcome = "passed" | "failed" | "not run";

const { values } = parseArgs({ options: { rig: { type: "string" }, adapter: { type: "string" }, driver: { type: "string", default: DEFAULT_DRIVER }, suite: { type: "string", default: "whole" } } });
if (values.rig !== undefined && !RIGS.some((rig) => rig === values.rig)) {
  console.error(`hil: there is no rig "${values.rig}"; there are ${RIGS.join(", ")}`);
  process.exit(2);
}

const driver = BLUETOOTH_DRIVERS.find((name) => name === values.driver);
if (driver === undefined) {
  console.error(`hil: there is no driver "${values.driver}"; there are ${BLUETOOTH_DRIVERS.join(", ")}`);
  process.exit(2);
}

const suite = (["whole", "tesla"] as const).find((name) => name === values.suite);
if (suite === undefined) {
  console.error(`hil: there is no suite "${values.suite}"; there are whole, tesla`);
  process.exit(2);
}

const runs: Readonly<Record<Rig, () => Promise<Outcome> | Outcome>> = { virtual: runVirtual, kernel: runKernel, air: runAir };
const outcomes: string[] = [];
let isWhole = true;
for (const rig of RIGS) {
  if (values.rig !== undefined && values.rig !== rig) continue;
  let outcome: Outcome;
  try {
    outcome = await runs[rig]();
  } catch (fault) {
    if (!(fault instanceof RigFailure)) throw fault;
    console.log(`${rig}: ${fault.message}`);
    outcome = "failed";
  }
  outcomes.push(`${rig}: ${outcome}`);
  // Real adapters are never expected: without any the rig is named, and fails only where it was asked for.
  if (outcome === "failed" || (outcome === "not run" && values.rig === rig)) isWhole = false;
}
console.log(`hil  ${outcomes.join(", ")}`);
process.exit(isWhole ? 0 : 1);

/** Unmodified noble and bleno on virtual controllers, in virtual time. */
function runVirtual(): Outcome {
  const peers = packagePath("tests", "ble", "peers");
  if (!existsSync(`${peers}/node_modules`)) spawnSync("npm", ["ci", "--ignore-scripts", "--prefix", peers], { stdio: "inherit" });
  const env = { ...process.env, LATCHKEY_PEERS: "required" };
  return spawnSync(process.execPath, [packagePath("node_modules", "vitest", "vitest.mjs"), "run", "tests/ble"], { stdio: "inherit", cwd: packagePath(), env }).status === 0 ? "passed" : "failed";
}

async function runKernel(): Promise<Outcome> {
  return (await runKernelRig((text) => console.log(`kernel: ${text}`), suite, driver)) ? "passed" : "failed";
}

/** Two real adapters of this machine, by name; the same acceptance as on the kernel rig. */
function runAir(): Outcome {
  const [car, key] = (values.adapter ?? "").split(",");
  if (car === undefined || car === "" || key === undefined) {
    console.log("air: not run: name two adapters of this machine with --adapter hci0,hci1");
    return "not run";
  }
  console.log(`air: the car on ${car}, the key on ${key}`);
  return spawnSync(process.execPath, [packagePath("dist", "scripts", "hil", "acceptance.js"), "--car", car, "--key", key, "--suite", suite!, "--driver", driver!, "--tesla-control", buildTeslaControl() ?? ""], { stdio: "inherit" }).status === 0 ? "passed" : "failed";
}
