import type { CloudMode } from "../../sim/cloud/index.ts";
import type { Surroundings } from "./surroundings.ts";

/** What became of an act: a sentence, and data for --json. */
export interface Done {
  readonly text: string;
  readonly data?: object;
}

/** `progress` hears how far an act is that takes long. */
export type Act = (around: Surroundings, words: readonly string[], progress: (text: string) => void) => Done | Promise<Done>;

export const CLOUD_MODES: readonly CloudMode[] = ["up", "down", "slow", "lying", "gone"];
