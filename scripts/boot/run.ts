import { join, resolve } from "node:path";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { lockFile } from "../../hal/file-lock/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { openSlotFolder } from "../../hal/slots/index.ts";
import { durationMs, flashPathOf, RUN_OPTIONS } from "../car/options.ts";
import { CommandFailure, EXIT, parseFor, UsageError, type ExitCode, type OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { requireCarConfig } from "../config/car-config.ts";
import { Loader } from "./loader.ts";
import { ownBundle } from "./own-bundle.ts";
import { ProcessPrograms } from "./programs.ts";

/** Self-test, start and the minute that a release must run steadily, with room for a slow computer. */
const DEFAULT_TRIAL_TIMEOUT = "5m";

/** Runs cars from the slots until one ends for good; the exit code is the car's. */
export async function run(values: OptionValues, rest: readonly string[], output: Output): Promise<ExitCode> {
  const folder = values["slots"];
  if (typeof folder !== "string") throw new UsageError("--slots FOLDER is missing");
  const carArgs = carArgsOf(rest);
  const { values: carValues } = parseFor({ name: "car", summary: "", positionals: [], options: RUN_OPTIONS, examples: [], run }, carArgs.slice(1));
  const config = carValues["config"];
  const flashPath = flashPathOf(carValues, await requireCarConfig(typeof config === "string" ? config : undefined));
  const trialTimeoutMs = durationMs(text(values, "trial-timeout") ?? DEFAULT_TRIAL_TIMEOUT, "trial-timeout")!;
  const confirmAfter = text(values, "confirm-after");
  if ((durationMs(confirmAfter ?? "60s", "confirm-after") ?? 0) >= trialTimeoutMs) throw new UsageError("--trial-timeout must be longer than --confirm-after");
  const slots = openSlotFolder(folder);
  if (!slots.ok) throw new CommandFailure(slots.error);
  const root = resolve(folder);
  const lock = lockFile(join(root, "boot.lock"));
  if (!lock.ok) {
    throw new CommandFailure(lock.error.kind === "held" ? `the slots in ${root} are in use by process ${lock.error.pid}: stop that one, or name another folder` : `the slots in ${root} cannot be locked: ${lock.error.detail}`);
  }
  const programs = new ProcessPrograms({
    carArgs: [...carArgs, "--slots", root, ...(confirmAfter === undefined ? [] : ["--confirm-after", confirmAfter])],
    selfTestArgs: typeof config === "string" ? ["--config", config] : [],
    flashPath,
    copyPath: join(root, "self-test.flash"),
    trialTimeoutMs,
  });
  const stop = (): void => programs.stop();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    const loader = new Loader({ slots: slots.value, crypto: createNodeCrypto({ random: createSystemRandom() }), programs, factoryBundle: ownBundle, say: sayer(output) });
    return (await loader.run()) === 0 ? EXIT.ok : EXIT.refused;
  } finally {
    for (const signal of signals) process.off(signal, stop);
    lock.value.release();
  }
}

/** What the car is to be started with; the two options of this boot loader's own are not for a person to give. */
function carArgsOf(rest: readonly string[]): readonly string[] {
  const [first, ...others] = rest;
  if (first !== "car") throw new UsageError("after -- comes what to run: latchkey boot --slots FOLDER -- car [options]");
  return ["car", ...(others[0] === "run" ? others.slice(1) : others)];
}

function sayer(output: Output): (event: string, text: string) => void {
  return (event, text) => {
    if (output.json) output.answer({ at: new Date().toISOString(), event: `boot.${event}`, text }, "");
    else output.say(`boot: ${text}`);
  };
}

function text(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}
