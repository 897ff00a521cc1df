import type { Subcommand } from "../cli/command.ts";
import { PASSPHRASE_OPTION } from "../cli/passphrase.ts";
import { FLASH_OPTIONS } from "./options.ts";

const OPTIONS = { ...FLASH_OPTIONS, ...PASSPHRASE_OPTION };

export const MEMORY_SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "car export",
    summary: "the stopped car's whole memory, sealed with a passphrase: for a new card or board",
    positionals: ["TO"],
    options: OPTIONS,
    examples: ["latchkey car export camper.age"],
    run: async (...args) => (await import("./memory.ts")).exportMemory(...args),
  },
  {
    name: "car import",
    summary: "a new flash file with the memory of an export",
    positionals: ["FROM"],
    options: OPTIONS,
    examples: ["latchkey car import camper.age --flash /var/lib/latchkey/car.flash"],
    run: async (...args) => (await import("./memory.ts")).importMemory(...args),
  },
];
