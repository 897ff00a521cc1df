import { EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output, Style } from "../cli/output.ts";
import { defaultFlashPath } from "../config/flash-path.ts";
import { keyFileOf, textOf } from "../key/options.ts";
import { runChecks, type Check } from "./checks.ts";
import { serialChecks } from "./serial.ts";

/** `latchkey doctor`: exit 1 where something is wrong. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "doctor",
    summary: "what is attached and what is wrong: adapters, permissions, clock, flash, serial ports, GPIO",
    positionals: [],
    options: {
      flash: { type: "string", value: "FILE", help: "the car's flash file, where it is not the default" },
      file: { type: "string", value: "PATH", help: "the key file, where it is not the default" },
    },
    examples: ["latchkey doctor", "latchkey doctor --json"],
    run,
  },
];

const STYLES: Readonly<Record<Check["state"], Style>> = { ok: "green", warning: "yellow", fault: "red", absent: "dim" };

async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const checks = [...runChecks({ flashPath: textOf(values, "flash") ?? defaultFlashPath(), keyPath: keyFileOf(values) }), ...(await serialChecks())];
  const faulty = checks.some(({ state }) => state === "fault");
  const lines = checks.flatMap(({ what, state, found, wayOut }) => [
    `${output.paint(STYLES[state], state.padEnd(7))}  ${what.padEnd(9)}  ${found}`,
    ...(wayOut === "" ? [] : [`${" ".repeat(20)}${wayOut}`]),
  ]);
  output.answer({ ok: !faulty, checks }, lines.join("\n"));
  return faulty ? EXIT.refused : EXIT.ok;
}
