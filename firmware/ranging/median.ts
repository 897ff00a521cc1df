/** The middle of `values`, of an even number the greater of the two in the middle: in doubt farther. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
