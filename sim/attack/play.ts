import type { ReplayEvent } from "../incident/index.ts";
import type { CreateCrypto } from "../world/index.ts";
import type { Attack } from "./attack.ts";
import { Stage, type Check, type Weakness } from "./stage.ts";

/** Seed of a run that names none: the same run for everybody. */
export const DEFAULT_SEED = "1";

export interface AttackPorts {
  readonly createCrypto: CreateCrypto;
  readonly seed?: string;
  /** A guard taken out; nothing but tests has one. */
  readonly weakness?: Weakness;
}

/** A played attack. Plain data. */
export interface AttackReport {
  readonly id: string;
  readonly title: string;
  /** Null where it follows from the protocol texts. */
  readonly year: number | null;
  readonly source: string;
  readonly has: string;
  readonly does: string;
  readonly must: string;
  readonly guard: string;
  readonly seed: string;
  readonly traceHash: string;
  readonly events: readonly ReplayEvent[];
  readonly checks: readonly Check[];
  /** What became of the cloud-dependent controller; empty where it cannot be attacked so. */
  readonly baseline: readonly Check[];
  /** held: everything that must hold was seen to hold. */
  readonly verdict: "held" | "broken";
  /** Whether the cloud-dependent controller fell: else the contrast proves nothing. Undefined where there is none. */
  readonly contrastHolds: boolean | undefined;
  readonly replayCommand: string;
}

/** A play that broke off, so that there is no verdict. The message ends with the command that repeats it. */
export class AttackBroke extends Error {
  override readonly name = "AttackBroke";
}

/**
 * Plays `attack` against the controller, and against the cloud-dependent one where that can be attacked so. Nothing in the report
 * is prepared beforehand but what the attack is.
 *
 * @throws {AttackBroke} where a play does not get to its end. Its `cause` is what happened.
 */
export function playAttack(attack: Attack, { createCrypto, seed = DEFAULT_SEED, weakness = {} }: AttackPorts): AttackReport {
  const replayCommand = `latchkey attack run ${attack.id} --seed ${seed}`;
  const stage = new Stage(`${attack.id}/${seed}`, createCrypto, weakness);
  try {
    attack.play(stage);
    attack.contrast?.(stage);
  } catch (cause) {
    throw new AttackBroke(`attack ${attack.id} broke off: ${cause instanceof Error ? cause.message : String(cause)}; seed ${seed}; replay: ${replayCommand}`, { cause });
  }
  const { id, title, year = null, source, has, does, must, guard } = attack;
  const { checks, theirs, events, traceHash } = stage;
  return {
    id, title, year, source, has, does, must, guard, seed, traceHash, events, checks, baseline: theirs,
    // Who looked at nothing has seen nothing hold.
    verdict: checks.length > 0 && checks.every(({ held }) => held) ? "held" : "broken",
    contrastHolds: theirs.length === 0 ? undefined : theirs.some(({ held }) => !held),
    replayCommand,
  };
}
