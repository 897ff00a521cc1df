import { CommandFailure, EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { callCar } from "../console/find.ts";
import { FLASH_OPTIONS, flashPathOf } from "./options.ts";
import { requireCarConfig } from "../config/car-config.ts";

export const RESET_SUBCOMMAND: Subcommand = {
  name: "car reset",
  summary: "how to put the running car back to having no owner",
  positionals: [],
  options: FLASH_OPTIONS,
  examples: ["latchkey car reset"],
  run,
};

const STEPS = [
  "Hold the button inside the car. (On a virtual car: latchkey world reset-button hold)",
  "While it is held, an owner's key asks: latchkey key reset",
  "Without the button, or with the recovery key alone, the reset is announced to every owner and happens after the delay, unless an owner cancels it: latchkey key cancel ID",
];

/** The console alone resets nothing: a reset takes the button inside and an owner's signature, so that neither thief nor guest can do it. */
async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const config = values["config"];
  const named = values["flash"] !== undefined || config !== undefined;
  const flash = named ? flashPathOf(values, await requireCarConfig(typeof config === "string" ? config : undefined)) : undefined;
  const call = await callCar("console", flash, { do: "hello" });
  const facts = await call.next();
  call.close();
  if (facts === undefined) throw new CommandFailure("the car has stopped before it answered");
  const claimed = facts["claimed"] === true;
  const text = claimed ? ["The car's console alone resets nothing.", ...STEPS.map((step, index) => `${index + 1}. ${step}`)].join("\n") : "The car has no owner: there is nothing to reset.";
  output.answer({ ok: true, claimed, steps: claimed ? STEPS : [] }, text);
  return EXIT.ok;
}
