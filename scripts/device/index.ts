import type { Subcommand } from "../cli/command.ts";
import { RELAY_SUBCOMMAND } from "./relay.ts";

/** `latchkey device`: virtual twins of serial devices, so that a board runs whole with no hardware. */
export const SUBCOMMANDS: readonly Subcommand[] = [RELAY_SUBCOMMAND];
