import type { CloudMode } from "../../sim/cloud/index.ts";
import type { Surroundings } from "./surroundings.ts";

/** What became of an act: a sentence, and data for --json. */
export interface Done {
  readonly text: string;
  readonly data?: object;
}

export type Act = (around: Surroundings, words: readonly string[]) => Done | Promise<Done>;

export const CLOUD_MODES: readonly CloudMode[] = ["up", "down", "slow", "lying", "gone"];
