import { median } from "./median.ts";
import type { RangingKind, Round } from "./evidence.ts";

/** A key opens by itself within this. */
export const NEAR_METRES = 2;
/** Inside: half the length of a cabin, from an anchor in its middle. */
export const CABIN_METRES = 1.2;
/** Beyond this a key has left, so that its next approach is a new one. Wider than near, so that nobody makes a door chatter at the edge. */
export const LEFT_METRES = 6;
/** Older rounds say nothing about now. */
export const FRESH_MS = 2_000;
/** Of the last N rounds of one kind at least K must say near: single spoofed rounds succeed in a few percent of tries (Ghost Peak 2021). */
export const ROUNDS_N = 8;
export const ROUNDS_K = 6;
export const CONFIDENCE_MIN = 60;
/** Time of flight is good to a few metres; a relay that stores and forwards adds 150 m for each microsecond. */
export const RTT_METRES_MAX = 8;
export const RTT_ROUNDS_MIN = 4;
/** How far phase and time of flight may lie apart before one of them is lying. */
export const AGREEMENT_METRES = 4;
/** A signal this weak comes from no key at the door. */
export const RSSI_METRES_MAX = 15;
/** How long a phone's word that it has moved is good for. */
export const MOTION_FRESH_MS = 60_000;

/** Everything that one judgement looks at. */
export interface Evidence {
  readonly purpose: "unlock" | "drive";
  readonly rounds: readonly Round[];
  readonly nowMs: number;
  /** Owners have switched it on. */
  readonly switchedOn: boolean;
  /** Where the car's antennas hear the device. */
  readonly zone: "cabin" | "outside" | "unknown";
  /** When the phone last said, inside the session, that it had moved; undefined: never, or it has said since that it lies still. */
  readonly movedAtMs: number | undefined;
}

/**
 * One rule. `sift` leaves the rounds that may speak for nearness. `veto` says why there is no nearness in spite of them;
 * it sees every round, since what cannot speak for a key may still speak against it.
 */
export interface Rule {
  readonly sift?: (round: Round, evidence: Evidence) => boolean;
  readonly veto?: (witnesses: readonly Round[], evidence: Evidence) => string | undefined;
}

const AUTHORISING: ReadonlySet<RangingKind> = new Set<RangingKind>(["channelSounding", "uwb", "rtt"]);

const isFresh = (round: Round, { nowMs }: Evidence): boolean => nowMs - round.atMs <= FRESH_MS;
const ofKind = (rounds: readonly Round[], kind: RangingKind): readonly Round[] => rounds.filter((round) => round.kind === kind);
const metresOf = (rounds: readonly Round[]): readonly number[] => rounds.map(({ metres }) => metres);
const freshBoundRtt = (evidence: Evidence): readonly number[] =>
  metresOf(ofKind(evidence.rounds, "rtt").filter((round) => round.bound && isFresh(round, evidence)));

/** The rules in the order in which the first that fails is named. Each name begins with the number it has in docs/ranging.md. */
export const RULES = {
  "R7 switched on": { veto: (_, { switchedOn }) => (switchedOn ? undefined : "passive entry is off") },
  "R1 bound to this session": { sift: ({ bound }) => bound },
  "R2 strength and claims authorise nothing": {
    sift: ({ kind }) => AUTHORISING.has(kind),
    veto: (_, evidence) => {
      const rssi = metresOf(ofKind(evidence.rounds, "rssi").filter((round) => isFresh(round, evidence)));
      return rssi.length > 0 && median(rssi) > RSSI_METRES_MAX ? "heard too weakly" : undefined;
    },
  },
  "R3 time of flight only takes away": {
    sift: ({ kind }) => kind !== "rtt",
    veto: (_, evidence) => {
      const rtt = freshBoundRtt(evidence);
      if (rtt.length === 0) return undefined;
      const late = Math.min(...rtt) > RTT_METRES_MAX || median(rtt) > RTT_METRES_MAX;
      return late ? `answers come from ${Math.round(median(rtt))} m: a relay is suspected` : undefined;
    },
  },
  "R5 fresh or nothing": { sift: isFresh },
  "R4 no alarm": {
    veto: (_, evidence) => (evidence.rounds.some((round) => round.attackSuspected && isFresh(round, evidence)) ? "the receiver suspects an attack" : undefined),
  },
  "R4 k of n": {
    veto: (witnesses) => {
      const best = (["uwb", "channelSounding"] as const).some((kind) => agree(ofKind(witnesses, kind)));
      return best ? undefined : `fewer than ${ROUNDS_K} of ${ROUNDS_N} rounds are near`;
    },
  },
  "R4 methods agree": {
    veto: (witnesses, evidence) => {
      const rtt = freshBoundRtt(evidence);
      const phase = metresOf(ofKind(witnesses, "channelSounding"));
      if (phase.length > 0 && rtt.length < RTT_ROUNDS_MIN) return "phase without its time of flight";
      if (rtt.length === 0) return undefined;
      const apart = Math.abs(median(metresOf(witnesses)) - median(rtt));
      return apart > AGREEMENT_METRES ? `two methods lie ${Math.round(apart)} m apart: a relay is suspected` : undefined;
    },
  },
  "R6 inside, to drive": {
    veto: (witnesses, { purpose, zone }) =>
      purpose === "drive" && (zone !== "cabin" || median(metresOf(witnesses)) > CABIN_METRES) ? "the key is not inside" : undefined,
  },
  "R7 the phone has moved": {
    veto: (_, { movedAtMs, nowMs, purpose }) =>
      purpose === "unlock" && (movedAtMs === undefined || nowMs - movedAtMs > MOTION_FRESH_MS) ? "the phone lies still" : undefined,
  },
} as const satisfies Readonly<Record<string, Rule>>;
export type RuleName = keyof typeof RULES;

function agree(rounds: readonly Round[]): boolean {
  const last = rounds.slice(-ROUNDS_N);
  const near = last.filter(({ metres, confidence }) => metres <= NEAR_METRES && confidence >= CONFIDENCE_MIN);
  return last.length >= ROUNDS_N && near.length >= ROUNDS_K;
}
