import type { RandomPort } from "../../firmware/ports/index.ts";

/**
 * Seeded chance for one part of a world. Integer arithmetic and IEEE-exact operations only, so that one seed gives one run
 * in every engine.
 */
export interface Prng {
  readonly seed: string;
  /** A stream of its own, set by this one's seed and `name` alone: draws elsewhere never shift it. */
  fork(name: string): Prng;
  /** 0 to 2^32 - 1. */
  nextU32(): number;
  /** 0 to `count` - 1, each equally likely. */
  below(count: number): number;
  /** A whole number, `min` and `max` included. */
  between(min: number, max: number): number;
  /** True `perMillion` times in a million on average. */
  chance(perMillion: number): boolean;
  /** Bell-shaped around 0 with unit deviation (sum of twelve uniform draws), -6 to 6. */
  bell(): number;
}

/** The stream of `seed`: xoshiro128** (Blackman and Vigna, 2018) with its state filled from a hash of the seed. */
export function createPrng(seed: string): Prng {
  let [a, b, c, d] = stateOf(seed);
  const nextU32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
  const below = (count: number): number => {
    if (!Number.isSafeInteger(count) || count < 1 || count > 0x1_0000_0000) throw new RangeError(`below(${count})`);
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % count);
    // Each draw fails with less than one half, so 64 in a row mean a broken generator, not bad luck.
    for (let draw = 0; draw < 64; draw++) {
      const value = nextU32();
      if (value < limit) return value % count;
    }
    throw new RangeError("the generator is stuck");
  };
  return {
    seed,
    fork: (name) => createPrng(`${seed}/${name}`),
    nextU32,
    below,
    between: (min, max) => min + below(max - min + 1),
    chance: (perMillion) => below(1_000_000) < perMillion,
    bell: () => {
      let sum = 0;
      for (let i = 0; i < 12; i++) sum += nextU32() / 0x1_0000_0000;
      return sum - 6;
    },
  };
}

/** A random port that reads `prng`: four bytes a draw. For simulations only; it keeps no secret. */
export function randomPortOf(prng: Prng): RandomPort {
  return {
    bytes(length) {
      const out = new Uint8Array(length);
      for (let offset = 0; offset < length; offset += 4) {
        const word = prng.nextU32();
        for (let i = 0; i < 4 && offset + i < length; i++) out[offset + i] = (word >>> (8 * i)) & 0xff;
      }
      return out;
    },
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Four words from the characters of `seed`: FNV-1a with a different basis per word, finished by MurmurHash3's mixer. */
function stateOf(seed: string): [number, number, number, number] {
  const words = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((basis) => {
    let hash = basis;
    for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
    return mix(hash ^ seed.length);
  });
  // All-zero is the one state the generator cannot leave.
  return [words[0]! | 1, words[1]!, words[2]!, words[3]!];
}

/** MurmurHash3's 32-bit finaliser. */
export function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
