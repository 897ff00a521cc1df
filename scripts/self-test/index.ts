import type { Subcommand } from "../cli/command.ts";
import { run } from "./run.ts";

/** `latchkey self-test`: what a release must pass before it runs a car. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "self-test",
    summary: "play a day of the car on a copy of its flash, an unlock among it; nothing moves",
    positionals: [],
    options: {
      flash: { type: "string", value: "COPY", help: "a copy of the car's flash file; an absent file stands for a blank flash" },
      config: { type: "string", value: "FILE", help: "the car's configuration (docs/car-config.schema.json)" },
    },
    examples: ["cp car.flash copy.flash && latchkey self-test --flash copy.flash"],
    run,
  },
];
