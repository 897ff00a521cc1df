import type { Subcommand } from "../cli/command.ts";
import { GPS_SUBCOMMAND } from "./gps.ts";
import { PN532_SUBCOMMAND } from "./pn532.ts";
import { RELAY_SUBCOMMAND } from "./relay.ts";

/** `latchkey device`: virtual twins of serial devices, each on a pseudo-terminal that any program may open. */
export const SUBCOMMANDS: readonly Subcommand[] = [PN532_SUBCOMMAND, RELAY_SUBCOMMAND, GPS_SUBCOMMAND];
