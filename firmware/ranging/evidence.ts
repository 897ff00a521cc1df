import { equalBytes } from "../base/index.ts";

/**
 * How a distance was found. `rssi`: from signal strength. `claimed`: a peer says so. `rtt`: from the time of flight of fast rounds.
 * `channelSounding`: from phase over many channels (Bluetooth Core 6.0). `uwb`: HRP with a scrambled timestamp sequence (IEEE 802.15.4z).
 */
export type RangingKind = "rssi" | "claimed" | "rtt" | "channelSounding" | "uwb";

/** Kinds that a radio can tie to one session, so that they may speak for a key. */
export const SESSION_BOUND_KINDS = ["channelSounding", "uwb"] as const satisfies readonly RangingKind[];
export type SessionBoundKind = (typeof SESSION_BOUND_KINDS)[number];

/** One round of ranging as the board's own receiver reports it. */
export interface RangeMeasurement {
  readonly kind: RangingKind;
  /** 0 to {@link METRES_MAX}; anything else counts as no round. */
  readonly metres: number;
  /** How good the receiver thinks the round was, in percent. */
  readonly confidence: number;
  /** What the radio was told to label the rounds of its session with; empty where it has none. */
  readonly binding: Uint8Array;
  /** The receiver's own attack metric is raised (NADM of Channel Sounding, first-path checks of UWB). */
  readonly attackSuspected: boolean;
}

/** A round that was kept. */
export interface Round extends Omit<RangeMeasurement, "binding"> {
  readonly atMs: number;
  /** It was measured for the very session that is asking. */
  readonly bound: boolean;
}

/** A relay that holds an answer back for a second seems to be 150,000 km away; beyond it no number is believed. */
export const METRES_MAX = 1e9;

/** Rounds kept of each kind for one link. */
export const ROUNDS_PER_KIND_MAX = 8;

/** What was measured for one link: the last few rounds of each kind. */
export class RoundBook {
  private readonly binding: Uint8Array;
  private readonly byKind = new Map<RangingKind, Round[]>();

  /** `binding` of the session that the link serves now. */
  constructor(binding: Uint8Array) {
    this.binding = binding;
  }

  add({ binding, ...round }: RangeMeasurement, atMs: number): void {
    if (!(round.metres >= 0 && round.metres <= METRES_MAX && round.confidence >= 0 && round.confidence <= 100)) return;
    const rounds = this.byKind.get(round.kind) ?? [];
    rounds.push({ ...round, atMs, bound: equalBytes(binding, this.binding) });
    if (rounds.length > ROUNDS_PER_KIND_MAX) rounds.shift();
    this.byKind.set(round.kind, rounds);
  }

  /** Every round that is kept, kind by kind, oldest first. */
  get rounds(): readonly Round[] {
    return [...this.byKind.values()].flat();
  }
}
