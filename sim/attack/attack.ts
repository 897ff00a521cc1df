import type { Stage } from "./stage.ts";

/** An attack that is played against the real controller. What holds is measured on the stage; nothing here says how it ends. */
export interface Attack {
  /** A letter for the kind, a number within it. */
  readonly id: string;
  readonly title: string;
  /** When it was shown in public; undefined: it follows from the protocol texts. */
  readonly year?: number;
  /** Who showed it, or which text it follows from. */
  readonly source: string;
  /** What the attacker has. */
  readonly has: string;
  readonly does: string;
  /** What must hold. */
  readonly must: string;
  /** Where the guard is: a file or room of the package. */
  readonly guard: string;
  play(stage: Stage): void;
  /** The same against the cloud-dependent controller, where that can be attacked so. */
  contrast?(stage: Stage): void;
}

/** An attack of the list that is not played here, and why. */
export interface NotPlayed {
  readonly id: string;
  readonly title: string;
  readonly why: string;
}
