import { describe, expect, it } from "vitest";
import { figure, keeps } from "../../../scripts/bench/figure.ts";
import { p99Ratio, percentile, type Turn } from "../../../scripts/bench/interval.ts";
import { createPrng } from "../../../sim/chance/index.ts";

const LIMIT = { of: "low", max: 1.1 } as const;

/** Turns of two cars whose times are 1 to 2, and whose rare slow ones are 10 to 11; those of `b` are `slower` times as long. */
function turnsOf(slower: number, seed: string, count = 30): readonly Turn[] {
  const prng = createPrng(seed);
  const time = (): number => (prng.below(50) === 0 ? 10 : 1) + prng.below(1000) / 1000;
  const block = (times: number): readonly number[] => Array.from({ length: 50 }, () => times * time());
  return Array.from({ length: count }, () => ({ a: block(1), b: block(slower) }));
}

function judged(turns: readonly Turn[]): boolean {
  const { a, b, low, high } = p99Ratio(turns, "test");
  return keeps({ ...figure("live", b, "ms", turns.length, a), interval: [low, high] }, LIMIT);
}

describe("the live figure", () => {
  it("takes percentiles by the nearest rank, in the order of numbers", () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect([percentile(values, 99), percentile(values, 100), percentile(values, 50), percentile([7], 99), percentile(values, 0)]).toEqual([198, 200, 100, 7, 1]);
    expect(() => percentile([], 99)).toThrow("no values");
  });

  it("is the same for the same times and seed, and another draw for another seed", () => {
    const turns = turnsOf(1, "same");
    expect(p99Ratio(turns, "x")).toEqual(p99Ratio(turns, "x"));
    const [x, y] = [p99Ratio(turns, "x"), p99Ratio(turns, "y")];
    expect([x.low, x.high]).not.toEqual([y.low, y.high]);
    expect([x.a, x.b]).toEqual([y.a, y.b]);
  });

  it("has an interval around its ratio, which covers the true one", () => {
    const { a, b, low, high } = p99Ratio(turnsOf(1.05, "covers"), "test");
    expect(low).toBeLessThan(b / a);
    expect(high).toBeGreaterThan(b / a);
    expect(low).toBeLessThan(1.05);
    expect(high).toBeGreaterThan(1.05);
  });

  it("has no width where every turn is alike", () => {
    const { low, high } = p99Ratio(Array.from({ length: 10 }, () => ({ a: [2, 4], b: [3, 6] })), "test");
    expect([low, high]).toEqual([1.5, 1.5]);
  });

  it("draws whole turns: a disturbance that both cars had in the same turns makes no difference", () => {
    const quiet = { a: [1, 1], b: [1, 1] };
    const disturbed = { a: [50, 50], b: [50, 50] };
    const { low, high } = p99Ratio([...Array.from({ length: 95 }, () => quiet), ...Array.from({ length: 5 }, () => disturbed)], "test");
    expect([low, high]).toEqual([1, 1]);
  });

  it.each([
    ["is kept by equal cars", 1, true],
    ["is kept by a car that may be within its limit", 1.1, true],
    ["is not kept by a slower car", 1.3, false],
  ])("%s", (_name, slower, isKept) => {
    expect(judged(turnsOf(slower, "judged"))).toBe(isKept);
  });

  it("is not kept where its interval is missing", () => {
    expect(keeps(figure("live", 1, "ms", 1, 1), LIMIT)).toBe(false);
    expect(keeps(figure("live", 1, "ms", 1, 1), { of: "ratio", max: 1.1 })).toBe(true);
    expect(keeps(figure("live", 1, "ms", 1), { of: "ratio", max: 1.1 })).toBe(false);
  });
});
