import type { Subcommand } from "../cli/command.ts";
import { run } from "./run.ts";

/** `latchkey boot`: the boot loader. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "boot",
    summary: "run a car from one of two slots; an update is tried in the other, and undone unless it proves itself",
    positionals: ["-- car", "[OPTIONS]..."],
    options: {
      slots: { type: "string", value: "FOLDER", help: "where the two bundles and the boot record lie; a new folder starts with the bundle of this installation" },
      "trial-timeout": { type: "string", value: "5m", help: "an update that is not confirmed by then is undone" },
      "confirm-after": { type: "string", value: "60s", help: "how long an update runs without a fault before it is confirmed" },
    },
    examples: ["latchkey boot --slots ./slots -- car --no-tui --flash ./car.flash"],
    run,
  },
];
