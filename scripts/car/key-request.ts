import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { requireCarConfig } from "../config/car-config.ts";
import { callCar } from "../console/find.ts";
import { FLASH_OPTIONS, flashPathOf } from "./options.ts";

export const KEY_REQUEST_SUBCOMMAND: Subcommand = {
  name: "car key-request",
  summary: "show the key that a Tesla client asks for and a card was tapped for, or answer in the car's name",
  positionals: ["[yes|no]"],
  options: FLASH_OPTIONS,
  examples: ["latchkey car key-request", "latchkey car key-request yes"],
  run,
};

async function run(values: OptionValues, [answer]: readonly string[], output: Output): Promise<ExitCode> {
  if (answer !== undefined && answer !== "yes" && answer !== "no") throw new UsageError(`car key-request ${answer} is not known; use yes, no, or nothing to look`);
  const config = values["config"];
  const named = values["flash"] !== undefined || config !== undefined;
  const flash = named ? flashPathOf(values, await requireCarConfig(typeof config === "string" ? config : undefined)) : undefined;
  const call = await callCar("console", flash, { do: "keyRequest", answer });
  try {
    const told = await call.next();
    if (told === undefined) throw new CommandFailure("the car has stopped before it answered");
    if (told["ok"] !== true) throw new CommandFailure(String(told["message"]), String(told["wayOut"]));
    const { name, role, id } = told as { name: string; role: string; id: string };
    const text = answer === undefined ? `${name} asks to be ${role} of this car. Answer with: latchkey car key-request yes (or: no)` : `${name}: told ${answer}`;
    output.answer({ ok: true, name, role, id, ...(answer !== undefined && { answer }) }, text);
    return EXIT.ok;
  } finally {
    call.close();
  }
}
