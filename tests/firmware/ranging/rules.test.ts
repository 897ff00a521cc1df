import { describe, expect, it } from "vitest";
import { FRESH_MS, judge, MOTION_FRESH_MS, RoundBook, ROUNDS_PER_KIND_MAX, RULES, type Evidence, type RangingKind, type Round, type RuleName } from "../../../firmware/ranging/index.ts";

const NOW_MS = 100_000;

const round = (kind: RangingKind, metres: number, more: Partial<Round> = {}): Round =>
  ({ kind, metres, confidence: 90, attackSuspected: false, atMs: NOW_MS - 100, bound: true, ...more });
const rounds = (kind: RangingKind, metres: number, count = 8, more: Partial<Round> = {}): readonly Round[] =>
  Array.from({ length: count }, () => round(kind, metres, more));

/** Somebody with a moving phone stands at the door, measured by phase and time of flight. */
const arrived = (change: Partial<Evidence> = {}): Evidence => ({
  purpose: "unlock",
  rounds: [...rounds("channelSounding", 1), ...rounds("rtt", 2)],
  nowMs: NOW_MS,
  switchedOn: true,
  zone: "outside",
  movedAtMs: NOW_MS - 1_000,
  ...change,
});

const without = (name: RuleName) => Object.fromEntries(Object.entries(RULES).filter(([rule]) => rule !== name));

describe("who stands at the door is near", () => {
  it.each<readonly [how: string, evidence: Evidence]>([
    ["by phase and time of flight", arrived()],
    ["by UWB alone", arrived({ rounds: rounds("uwb", 0.5) })],
    ["with two bad rounds of eight", arrived({ rounds: [...rounds("uwb", 30, 2), ...rounds("uwb", 1, 6)] })],
    ["inside, to drive, though the phone lies still", arrived({ purpose: "drive", zone: "cabin", rounds: rounds("uwb", 0.6), movedAtMs: undefined })],
  ])("%s", (_, evidence) => {
    expect(judge(evidence).kind).toBe("near");
  });
});

/** For each rule an attack that it alone stops. */
const ATTACKS: readonly (readonly [rule: RuleName, attack: string, evidence: Evidence])[] = [
  ["R7 switched on", "the owner wants no passive entry", arrived({ switchedOn: false })],
  ["R1 bound to this session", "rounds of an earlier session, or of another phone, are replayed", arrived({ rounds: rounds("uwb", 1, 8, { bound: false }) })],
  ["R2 strength and claims authorise nothing", "a strong signal is taken for a measurement", arrived({ rounds: [...rounds("uwb", 1), ...rounds("rssi", 40)] })],
  ["R3 time of flight only takes away", "a link-layer relay adds 8 ms", arrived({ rounds: [...rounds("uwb", 1), ...rounds("rtt", 9)] })],
  ["R5 fresh or nothing", "the rounds of a moment ago are all there is", arrived({ rounds: rounds("uwb", 1, 8, { atMs: NOW_MS - FRESH_MS - 1 }) })],
  ["R4 no alarm", "the receiver's attack metric is raised", arrived({ rounds: [...rounds("uwb", 1, 7), round("uwb", 1, { attackSuspected: true })] })],
  ["R4 k of n", "single rounds are spoofed", arrived({ rounds: [...rounds("uwb", 20, 3), ...rounds("uwb", 1, 5)] })],
  ["R4 methods agree", "an analogue relay forges phase and leaves time of flight", arrived({ rounds: [...rounds("channelSounding", 1), ...rounds("rtt", 7)] })],
  ["R6 inside, to drive", "the key stands at the door while a thief sits inside", arrived({ purpose: "drive", rounds: rounds("uwb", 1.8) })],
  ["R7 the phone has moved", "the phone lies on a table at night", arrived({ movedAtMs: undefined })],
];

describe("each rule alone stops its attack", () => {
  it.each(ATTACKS)("%s: %s", (rule, _, evidence) => {
    expect(judge(evidence)).toMatchObject({ kind: "refused", rule });
    expect(judge(evidence, without(rule)).kind).toBe("near");
  });

  it("and every rule has an attack here", () => {
    expect(ATTACKS.map(([rule]) => rule).sort()).toEqual(Object.keys(RULES).sort());
  });
});

describe("what is no evidence", () => {
  it.each<RangingKind>(["rssi", "claimed", "rtt"])("%s alone is never near, however close it says", (kind) => {
    expect(judge(arrived({ rounds: rounds(kind, 0.1) }))).toMatchObject({ kind: "refused" });
  });

  it("strength would be, were the rule not there", () => {
    const strong = arrived({ rounds: rounds("rssi", 0.1) });
    const blind = { ...without("R2 strength and claims authorise nothing"), "R4 k of n": {} };
    expect(judge(strong).kind).toBe("refused");
    expect(judge(strong, blind).kind).toBe("near");
  });

  it("phase without time of flight, as kits without the cross-check give it", () => {
    expect(judge(arrived({ rounds: rounds("channelSounding", 1) }))).toMatchObject({ rule: "R4 methods agree" });
  });

  it("rounds that the receiver itself does not trust", () => {
    expect(judge(arrived({ rounds: rounds("uwb", 1, 8, { confidence: 30 }) }))).toMatchObject({ rule: "R4 k of n" });
  });

  it("no round at all; and far rounds are an honest distance, not a suspicion", () => {
    expect(judge(arrived({ rounds: [] }))).toEqual({ kind: "far", left: false });
    expect(judge(arrived({ rounds: rounds("uwb", 4) }))).toEqual({ kind: "far", left: false });
    expect(judge(arrived({ rounds: rounds("uwb", 12) }))).toEqual({ kind: "far", left: true });
    expect(judge(arrived({ rounds: rounds("rssi", 12) }))).toEqual({ kind: "far", left: false });
  });

  it("the word of a phone that moved long ago", () => {
    expect(judge(arrived({ movedAtMs: NOW_MS - MOTION_FRESH_MS - 1 }))).toMatchObject({ rule: "R7 the phone has moved" });
  });

  it("a delay that grows: what is refused at one delay is refused at every longer one", () => {
    const kinds = [0, 2, 5, 8, 15, 30, 60, 100].map((delayMs) => judge(arrived({ rounds: [...rounds("uwb", 1), ...rounds("rtt", 1 + delayMs * 150_000)] })).kind);
    expect(kinds).toEqual(["near", ...Array.from({ length: 7 }, () => "refused")]);
  });
});

describe("the book of rounds", () => {
  const binding = Uint8Array.of(1, 2, 3);
  const measured = (metres: number, confidence = 90) => ({ kind: "uwb", metres, confidence, binding, attackSuspected: false }) as const;

  it("keeps the last few of each kind", () => {
    const book = new RoundBook(binding);
    for (let n = 0; n < 50; n++) book.add(measured(n), n);
    expect(book.rounds.map(({ metres }) => metres)).toEqual(Array.from({ length: ROUNDS_PER_KIND_MAX }, (_, n) => 42 + n));
  });

  it("takes no number that is no distance", () => {
    const book = new RoundBook(binding);
    for (const metres of [NaN, Infinity, -1]) book.add(measured(metres), 0);
    for (const confidence of [NaN, -1, 101]) book.add(measured(1, confidence), 0);
    expect(book.rounds).toEqual([]);
  });

  it("knows rounds of another session", () => {
    const book = new RoundBook(binding);
    book.add(measured(1), 0);
    book.add({ ...measured(1), binding: Uint8Array.of(1, 2, 4) }, 0);
    book.add({ ...measured(1), binding: new Uint8Array(0) }, 0);
    expect(book.rounds.map(({ bound }) => bound)).toEqual([true, false, false]);
  });
});
