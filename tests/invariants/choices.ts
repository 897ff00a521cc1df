import { seededRandom } from "../support/random.ts";

/** Whole numbers below a bound, and members of a list, drawn from a seed. */
export interface Choices {
  below(bound: number): number;
  of<T>(list: readonly T[]): T;
  bytes(length: number): Uint8Array;
}

export function choices(seed: string): Choices {
  const random = seededRandom(seed);
  const below = (bound: number): number => {
    const [a, b, c] = random.bytes(3) as unknown as [number, number, number];
    return ((a << 16) | (b << 8) | c) % bound;
  };
  return { below, of: (list) => list[below(list.length)]!, bytes: (length) => random.bytes(length) };
}
