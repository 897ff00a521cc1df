import { describe, expect, it } from "vitest";
import { listing } from "../../../scripts/attack/listing.ts";
import { isGood } from "../../../scripts/attack/run.ts";
import { reportLines, summaryLine } from "../../../scripts/attack/report.ts";
import { findAttack, listAttacks, listNotPlayed, playAttack, type AttackReport, type Weakness } from "../../../sim/attack/index.ts";
import { createCrypto } from "../../sim/latchkey.ts";
import { CAR_BELIEVES } from "../../sim/attack/crypto-weaknesses.ts";

const plain = { paint: (_style: string, text: string) => text };
const play = (id: string, seed: string, weakness: Weakness = {}): AttackReport => playAttack(findAttack(id)!, { createCrypto, seed, weakness });

describe("the list of attacks", () => {
  it("is readable within 80 columns, and names every attack of the public record once, played or not and why", () => {
    const lines = listing(listAttacks(), listNotPlayed(), plain).split("\n");
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    const named = lines.flatMap((line) => /^([A-G]\d+) /.exec(line)?.[1] ?? []);
    const counts = { A: 12, B: 10, C: 9, D: 16, E: 9, F: 10, G: 9 };
    const record = Object.entries(counts).flatMap(([letter, count]) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`));
    expect([...named].sort()).toEqual([...record].sort());
  });
});

describe("the report of an attack", () => {
  it("tells attacker, timeline, what held and the verdict", () => {
    const lines = reportLines(play("B7", "5"));
    expect(lines[0]).toBe("B7  A guest's grant shown by somebody else");
    expect(lines.some((line) => line.startsWith("attacker"))).toBe(true);
    expect(lines.some((line) => /^0:\d\d:\d\d {2}the grant with another key$/.test(line))).toBe(true);
    expect(lines).toContain("ok   the guest opens");
    expect(lines).toContain("verdict HELD: 3 of 3 hold");
    expect(summaryLine(play("B7", "5"))).toBe("ok   B7   A guest's grant shown by somebody else: 3 of 3 hold");
  });

  it("of one that works names the seed and the one command that plays it again", () => {
    const lines = reportLines(play("B7", "5", CAR_BELIEVES.weaken("B7/5")));
    expect(lines.some((line) => /^FAIL nothing opens: .*\(opened \d+ times\)$/.test(line))).toBe(true);
    expect(lines.at(-2)).toMatch(/^verdict BROKEN: [12] of 3 hold$/);
    expect(lines.at(-1)).toMatch(/^seed 5, trace [0-9a-f]{16}; replay: latchkey attack run B7 --seed 5$/);
  });

  it("tells what comes again and again once, with its count", () => {
    const told = reportLines(play("B1", "1")).filter((line) => line.includes("stranger refused unknown-peer"));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^0:00:00 {2}latchkey: stranger refused unknown-peer \(15 times\)$/);
  });

  it("is good where everything held, and where the contrast shows one", () => {
    expect(isGood(play("B7", "5"))).toBe(true);
    expect(isGood(play("B7", "5", CAR_BELIEVES.weaken("B7/5")))).toBe(false);
    expect(isGood(play("C1", "1"))).toBe(true);
    expect(isGood({ ...play("C1", "1"), contrastHolds: false })).toBe(false);
  });

  it("shows the cloud-dependent controller beside ours", () => {
    const lines = reportLines(play("C1", "1"));
    expect(lines).toContain("     cloud-dependent fell: the car stays locked (opened by its own recording)");
    expect(lines.at(-2)).toMatch(/^verdict HELD: .*; the cloud-dependent controller fell$/);
    const unharmed = { ...play("C1", "1"), contrastHolds: false };
    expect(reportLines(unharmed).at(-2)).toContain("did NOT fall");
  });

  it("is plain data, the same to the last byte for the same seed, and another for another", () => {
    const report = play("C3", "7");
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ id: "C3", seed: "7", verdict: "held", replayCommand: "latchkey attack run C3 --seed 7" });
    expect(play("C3", "7")).toEqual(report);
    expect(play("C3", "8").traceHash).not.toBe(report.traceHash);
  });
});
