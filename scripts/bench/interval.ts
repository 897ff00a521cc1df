import { createPrng } from "../../sim/chance/index.ts";

/** What two cars that took turns A-B-B-A came to in one turn. */
export interface Turn {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

export interface RatioInterval {
  /** The 99th percentile of all of `a`, and of all of `b`. */
  readonly a: number;
  readonly b: number;
  /** The 95 % interval of `b` over `a`. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLE_COUNT = 1000;

/** The nearest-rank percentile: the smallest value that so many per cent of all do not pass. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new Error("there is no percentile of no values");
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]!;
}

/**
 * p99 of `b` over p99 of `a`, with the percentile bootstrap's interval (Efron and Tibshirani 1993, chapter 13). Whole turns are drawn: what
 * disturbs a machine lasts longer than one measurement, so neighbours are not independent, and both cars had it in the same turn.
 */
export function p99Ratio(turns: readonly Turn[], seed: string): RatioInterval {
  const prng = createPrng(seed);
  const ratios = Array.from({ length: RESAMPLE_COUNT }, () => {
    const { a, b } = p99s(turns.map(() => turns[prng.below(turns.length)]!));
    return b / a;
  });
  return { ...p99s(turns), low: percentile(ratios, 2.5), high: percentile(ratios, 97.5) };
}

function p99s(turns: readonly Turn[]): { readonly a: number; readonly b: number } {
  return { a: percentile(turns.flatMap(({ a }) => a), 99), b: percentile(turns.flatMap(({ b }) => b), 99) };
}
