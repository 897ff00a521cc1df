import { randomBytes } from "node:crypto";
import type { ExitCode, OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { canBeDrawnOn } from "../terminal/locale.ts";

const STORY = "tesla-api-2020";

/** The virtual car where a person sits at a terminal; elsewhere the outage that Latchkey answers, as text with its verdict. */
export async function start(_values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  if (output.json || !canBeDrawnOn({ input: process.stdin, output: process.stdout }, process.env)) {
    const { playIncident } = await import("../incident/play.ts");
    return playIncident(STORY, output);
  }
  const { runDemo } = await import("./demo.ts");
  return runDemo(randomBytes(6).toString("hex"), output);
}
