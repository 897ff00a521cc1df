import type { Subcommand } from "../cli/command.ts";
import { DIALECTS_OPTION } from "../cli/dialects.ts";
import { DRIVER_OPTION } from "../cli/driver.ts";

/** `latchkey radio`: the Bluetooth radio of a car, as a process of its own. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "radio",
    summary: "the Bluetooth radio of a running car, in a process of its own",
    positionals: [],
    options: {
      attach: { type: "string", value: "PATH", help: "the car's socket for radios, as `latchkey car --radio external` names it" },
      adapter: { type: "string", value: "hciN", help: "the Bluetooth adapter (default: the first)" },
      ...DRIVER_OPTION,
      ...DIALECTS_OPTION,
    },
    examples: ["latchkey radio --attach /run/latchkey/car.radio --adapter hci0"],
    run: async (...args) => (await import("./run.ts")).run(...args),
  },
];
