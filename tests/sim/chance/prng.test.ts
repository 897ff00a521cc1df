import { describe, expect, it } from "vitest";
import { createPrng, randomPortOf } from "../../../sim/chance/index.ts";

const draws = (seed: string, count = 8): number[] => {
  const prng = createPrng(seed);
  return Array.from({ length: count }, () => prng.nextU32());
};

describe("seeded chance", () => {
  it("gives the same stream for the same seed, and another for another", () => {
    expect(draws("a")).toEqual(draws("a"));
    expect(draws("a")).not.toEqual(draws("b"));
    expect(draws("ab/c")).not.toEqual(draws("a/bc"));
  });

  it("is pinned: a change of the generator changes every recorded run", () => {
    expect(draws("latchkey", 4)).toMatchInlineSnapshot(`
      [
        3293346763,
        2335983115,
        970793005,
        2779475478,
      ]
    `);
  });

  it("forks by name: draws elsewhere never shift a fork", () => {
    const quiet = createPrng("s");
    const busy = createPrng("s");
    for (let i = 0; i < 100; i++) busy.nextU32();
    busy.fork("cloud").nextU32();
    expect(busy.fork("air").nextU32()).toBe(quiet.fork("air").nextU32());
    expect(quiet.fork("air").nextU32()).not.toBe(quiet.fork("body").nextU32());
  });

  it("stays inside its bounds and reaches them", () => {
    const prng = createPrng("bounds");
    const seen = new Set(Array.from({ length: 400 }, () => prng.between(-2, 2)));
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    for (const wrong of [0, -1, 1.5, NaN, 2 ** 33]) expect(() => prng.below(wrong)).toThrow(RangeError);
  });

  it("is about as likely as it was asked to be", () => {
    const prng = createPrng("odds");
    let hits = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 20_000; i++) {
      if (prng.chance(250_000)) hits += 1;
      const bell = prng.bell();
      sum += bell;
      squares += bell * bell;
    }
    expect(hits / 20_000).toBeCloseTo(0.25, 1);
    expect(sum / 20_000).toBeCloseTo(0, 1);
    expect(squares / 20_000).toBeCloseTo(1, 1);
  });

  it("fills any length of bytes, and no two seeds alike", () => {
    for (const length of [0, 1, 3, 4, 5, 32, 33]) expect(randomPortOf(createPrng("x")).bytes(length)).toHaveLength(length);
    expect(randomPortOf(createPrng("x")).bytes(32)).not.toEqual(randomPortOf(createPrng("y")).bytes(32));
    const port = randomPortOf(createPrng("x"));
    expect(port.bytes(16)).not.toEqual(port.bytes(16));
  });
});
