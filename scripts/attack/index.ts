import { listAttacks, listNotPlayed } from "../../sim/attack/index.ts";
import { EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { seedOf } from "../cli/seed.ts";
import { listing } from "./listing.ts";
import { runAll, runOne } from "./run.ts";

/** `latchkey attack`: public attacks, each played against the controller with a verdict. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "attack list",
    summary: "the attacks that are played: id, year, what it is, who showed it; and those that are not, with why",
    positionals: [],
    options: { ids: { type: "boolean", help: "the ids of those that are played, alone" } },
    examples: ["latchkey attack list", "latchkey attack list --json | jq '.attacks[].title'"],
    run: list,
  },
  {
    name: "attack run",
    summary: "play one, or all, against the real controller in virtual time; exit 0 when everything held",
    positionals: ["ID|all"],
    options: { seed: { type: "string", value: "SEED", help: "another run of the same attack (default 1)" } },
    examples: ["latchkey attack run A1", "latchkey attack run all", "latchkey attack run C3 --seed 7 --json | jq .verdict"],
    run: (values, [id], output) => Promise.resolve(id === "all" ? runAll(output, seedOf(values)) : runOne(id!, output, seedOf(values))),
  },
];

function list(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const attacks = listAttacks();
  if (values["ids"] === true) {
    const ids = attacks.map(({ id }) => id);
    output.answer({ ok: true, ids }, ids.join("\n"));
    return Promise.resolve(EXIT.ok);
  }
  const data = attacks.map(({ id, year = null, title, source, has, does, must, guard, contrast }) => ({ id, year, title, source, has, does, must, guard, hasContrast: contrast !== undefined }));
  output.answer({ ok: true, attacks: data, notPlayed: listNotPlayed() }, listing(attacks, listNotPlayed(), output));
  return Promise.resolve(EXIT.ok);
}
