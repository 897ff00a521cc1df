import type { Subcommand } from "../cli/command.ts";
import { CLAIM_SUBCOMMAND } from "./claim.ts";
import { CONFIG_SUBCOMMAND } from "./config.ts";
import { KEY_REQUEST_SUBCOMMAND } from "./key-request.ts";
import { MEMORY_SUBCOMMANDS } from "./memory-commands.ts";
import { RUN_OPTIONS } from "./options.ts";
import { RESET_SUBCOMMAND } from "./reset.ts";
import { run } from "./run.ts";

const RUN: Omit<Subcommand, "name"> = {
  summary: "run a controller until it is stopped",
  positionals: [],
  options: RUN_OPTIONS,
  examples: ["latchkey car", "latchkey car --no-tui --flash ./car.flash --listen 127.0.0.1:4151", "latchkey car --no-tui --json | jq ."],
  run,
};

/** `latchkey car`: the car itself, and what its own console does. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  { ...RUN, name: "car" },
  { ...RUN, name: "car run", summary: "the same as latchkey car" },
  CLAIM_SUBCOMMAND,
  KEY_REQUEST_SUBCOMMAND,
  RESET_SUBCOMMAND,
  CONFIG_SUBCOMMAND,
  ...MEMORY_SUBCOMMANDS,
];
