import { median } from "./median.ts";
import { LEFT_METRES, NEAR_METRES, RULES, type Evidence, type Rule } from "./rules.ts";

/**
 * near: the rules are met. far: nothing speaks for nearness; `left`: what may speak says that the key has gone away.
 * refused: something speaks for nearness and a rule forbids to believe it.
 */
export type Nearness =
  | { readonly kind: "near"; readonly metres: number }
  | { readonly kind: "far"; readonly left: boolean }
  | { readonly kind: "refused"; readonly rule: string; readonly why: string };

/**
 * What `evidence` is worth. Without a witness, or where one is missing, failed or stale, the answer is never "near": there is no
 * way back to weaker evidence. `rules` as in force; tests leave one out to show that it is needed.
 */
export function judge(evidence: Evidence, rules: Readonly<Record<string, Rule>> = RULES): Nearness {
  const named = Object.entries(rules);
  const witnesses = evidence.rounds.filter((round) => named.every(([, { sift }]) => sift?.(round, evidence) ?? true));
  const claimed = evidence.rounds.filter(({ metres }) => metres <= NEAR_METRES);
  if (claimed.length === 0) return { kind: "far", left: witnesses.length > 0 && median(witnesses.map(({ metres }) => metres)) > LEFT_METRES };
  if (witnesses.length === 0) {
    const sifter = named.find(([, { sift }]) => sift !== undefined && !claimed.some((round) => sift(round, evidence)));
    return { kind: "refused", rule: sifter?.[0] ?? "R5 fresh or nothing", why: "no round that counts is near" };
  }
  for (const [rule, { veto }] of named) {
    const why = veto?.(witnesses, evidence);
    if (why !== undefined) return { kind: "refused", rule, why };
  }
  return { kind: "near", metres: median(witnesses.map(({ metres }) => metres)) };
}
