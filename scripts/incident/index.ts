import { listIncidents } from "../../sim/incident/index.ts";
import { EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { seedOf } from "../cli/seed.ts";
import { textOf } from "../key/options.ts";
import { exhibit, harmOf } from "./museum.ts";
import { playIncident, verdictOf } from "./play.ts";

/** `latchkey incident`: real outages and failures as scenarios with verdicts. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "incident list",
    summary: "the incidents this build can replay: when, where, what happened, who was locked out, and the verdict played now",
    positionals: [],
    options: { ids: { type: "boolean", help: "their ids alone" } },
    examples: ["latchkey incident list", "latchkey incident list --ids"],
    run: list,
  },
  {
    name: "incident replay",
    summary: "replay one with Latchkey and with a cloud-dependent controller; exit 0 when the verdict holds",
    positionals: ["ID|FILE"],
    options: {
      seed: { type: "string", value: "SEED", help: "another run of the same story (default 1)" },
      html: { type: "string", value: "FILE", help: "also write a report with both timelines drawn, one file that needs nothing else" },
    },
    examples: ["latchkey incident replay tesla-api-2020", "latchkey incident replay 12v-2024 --json | jq .verdict", "latchkey incident replay my-outage.json --seed 7", "latchkey incident replay ncc-relay-2022 --html relay.html"],
    run: (values, [name], output) => playIncident(name!, output, { seed: seedOf(values), html: textOf(values, "html") }),
  },
];

/** Every verdict is played now: this takes seconds, and says nothing that this build does not do. */
function list(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const incidents = listIncidents();
  if (values["ids"] === true) {
    output.answer({ ok: true, ids: incidents.map(({ id }) => id) }, incidents.map(({ id }) => id).join("\n"));
    return Promise.resolve(EXIT.ok);
  }
  output.say(`playing ${incidents.length} incidents, each with both controllers ...`);
  const exhibits = incidents.map((incident) => ({ incident, report: verdictOf(incident) }));
  const data = exhibits.map(({ incident, report }) => {
    const { id, date, title, place, sources } = incident;
    return { id, date, title, place, sources, ...harmOf(incident), verdict: report.verdict, contrastHolds: report.contrastHolds };
  });
  output.answer({ ok: data.every(({ verdict }) => verdict === "pass"), incidents: data }, exhibits.map(({ incident, report }) => exhibit(incident, report, output)).join("\n\n"));
  return Promise.resolve(data.every(({ verdict }) => verdict === "pass") ? EXIT.ok : EXIT.refused);
}
