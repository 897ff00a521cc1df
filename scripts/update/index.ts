import type { Subcommand } from "../cli/command.ts";
import { CAR_SUBCOMMANDS } from "./car.ts";
import { MAKER_SUBCOMMANDS } from "./make.ts";

/** `latchkey update`: what a maker signs, and what is done with it at a car. */
export const SUBCOMMANDS: readonly Subcommand[] = [...MAKER_SUBCOMMANDS, ...CAR_SUBCOMMANDS];
