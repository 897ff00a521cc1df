import type { Subcommand } from "../cli/command.ts";
import { start } from "./start.ts";

/** `latchkey start`, which is `npm start`. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "start",
    summary: "the virtual car in this terminal, nothing kept on disk; without a terminal, the outage of 2020 as text",
    positionals: [],
    options: {},
    examples: ["latchkey start", "latchkey start < /dev/null"],
    run: start,
  },
];
