/** One figure. `ratio` = value / baseline, where there is a baseline; `n` measurements, of which `value` is the median. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number | null;
  readonly ratio: number | null;
  readonly n: number;
}

export function figure(name: string, value: number, unit: string, n: number, baseline?: number): Figure {
  const rounded = (x: number): number => Number(x.toPrecision(4));
  return { name, value: rounded(value), unit, baseline: baseline === undefined ? null : rounded(baseline), ratio: baseline === undefined ? null : rounded(value / baseline), n };
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
