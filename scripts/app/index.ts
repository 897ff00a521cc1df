import type { Subcommand } from "../cli/command.ts";
import { ACCOUNT_SUBCOMMANDS } from "./account.ts";
import { CAR_SUBCOMMANDS } from "./car.ts";
import { REGISTRATION_SUBCOMMANDS } from "./registrations.ts";

/** `latchkey app`: the owner's remote app on the command line. */
export const SUBCOMMANDS: readonly Subcommand[] = [...ACCOUNT_SUBCOMMANDS, ...CAR_SUBCOMMANDS, ...REGISTRATION_SUBCOMMANDS];
