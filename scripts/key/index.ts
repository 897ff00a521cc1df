import type { Subcommand } from "../cli/command.ts";
import { ACT_SUBCOMMANDS } from "./acts.ts";
import { READING_SUBCOMMANDS } from "./keys.ts";
import { BACKUP_SUBCOMMANDS } from "./backup.ts";
import { MANAGING_SUBCOMMANDS } from "./managing.ts";
import { PAIRING_SUBCOMMANDS } from "./pairing.ts";
import { SHARING_SUBCOMMANDS } from "./sharing.ts";

/** `latchkey key`: a phone key on the command line. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  ...PAIRING_SUBCOMMANDS,
  ...ACT_SUBCOMMANDS,
  ...READING_SUBCOMMANDS,
  ...SHARING_SUBCOMMANDS,
  ...MANAGING_SUBCOMMANDS,
  ...BACKUP_SUBCOMMANDS,
];
