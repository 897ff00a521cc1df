/**
 * One figure. `ratio` = value / baseline, where there is a baseline; `n` measurements, of which `value` is the median unless its name says
 * another. `interval`: the 95 % interval of the ratio, where it is judged by that.
 */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number | null;
  readonly ratio: number | null;
  readonly n: number;
  readonly interval?: readonly [low: number, high: number];
}

export function figure(name: string, value: number, unit: string, n: number, baseline?: number): Figure {
  const rounded = (x: number): number => Number(x.toPrecision(4));
  return { name, value: rounded(value), unit, baseline: baseline === undefined ? null : rounded(baseline), ratio: baseline === undefined ? null : rounded(value / baseline), n };
}

/** What a figure must not pass: its value, its ratio, or the lower end of its ratio's interval. */
export interface Limit {
  readonly of: "value" | "ratio" | "low";
  readonly max: number;
}

/** Whether a figure keeps its limit. One that lacks what its limit is about does not. */
export function keeps({ value, ratio, interval }: Figure, limit: Limit): boolean {
  const measured = { value, ratio: ratio ?? NaN, low: interval?.[0] ?? NaN }[limit.of];
  return measured <= limit.max;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Microseconds that `work` takes. */
export function microseconds(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1000;
}
