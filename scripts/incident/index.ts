import { listIncidents } from "../../sim/incident/index.ts";
import { EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { textOf } from "../key/options.ts";
import { playIncident } from "./play.ts";

/** `latchkey incident`: real outages and failures as scenarios with verdicts. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  { name: "incident list", summary: "the incidents this build can replay", positionals: [], options: {}, examples: ["latchkey incident list"], run: list },
  {
    name: "incident replay",
    summary: "replay one with Latchkey and with a cloud-dependent controller; exit 0 when the verdict holds",
    positionals: ["ID|FILE"],
    options: { seed: { type: "string", value: "SEED", help: "another run of the same story (default 1)" } },
    examples: ["latchkey incident replay tesla-api-2020", "latchkey incident replay 12v-2024 --json | jq .verdict", "latchkey incident replay my-outage.json --seed 7"],
    run: (values, [name], output) => playIncident(name!, output, seedOf(values)),
  },
];

/** A seed stands in the command that repeats a run, and so is one plain word. */
function seedOf(values: OptionValues): string | undefined {
  const seed = textOf(values, "seed");
  if (seed !== undefined && !/^[A-Za-z0-9._-]{1,64}$/.test(seed)) throw new UsageError("a seed is 1 to 64 letters, digits, dots, dashes and underscores");
  return seed;
}

function list(_values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const incidents = listIncidents();
  const width = Math.max(...incidents.map(({ id }) => id.length));
  const data = incidents.map(({ id, date, title, sources }) => ({ id, date, title, sources }));
  output.answer({ ok: true, incidents: data }, incidents.map(({ id, date, title }) => `${id.padEnd(width)}  ${date}  ${title}`).join("\n"));
  return Promise.resolve(EXIT.ok);
}
