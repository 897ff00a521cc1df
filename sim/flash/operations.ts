import { chance } from "./chance.ts";

/** One thing a flash was told to do, as a log of it would have it. `sync` makes everything before it durable. */
export type FlashOperation =
  | { readonly kind: "program"; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: "erase"; readonly sector: number }
  | { readonly kind: "sync" };

/** What the byte in flight reads as after a cut, or a torn operation's changed bytes. */
export type ByteTear = "old" | "new" | "both" | "random";
export const BYTE_TEARS: readonly ByteTear[] = ["old", "new", "both", "random"];

/** What a sector reads as whose erase was cut off. */
export type EraseTear = "nothing" | "all" | "firstHalf" | "secondHalf" | "random";
export const ERASE_TEARS: readonly EraseTear[] = ["nothing", "all", "firstHalf", "secondHalf", "random"];

/**
 * How programmed bytes meet what stands there. `bits`: raw flash, bits only move away from the erased state. `overlay`: a file,
 * bytes are replaced, whatever was there.
 */
export type Medium = "bits" | "overlay";

export interface Shape {
  readonly sectorBytes: number;
  readonly erasedByte: 0x00 | 0xff;
  readonly medium: Medium;
}

/** The byte that `value` leaves when it is programmed over `old`. */
export function merge(old: number, value: number, shape: Shape): number {
  if (shape.medium === "overlay") return value;
  return shape.erasedByte === 0xff ? old & value : old | value;
}

function tornByte(old: number, value: number, tear: ByteTear, shape: Shape, random: (below: number) => number): number {
  const next = merge(old, value, shape);
  if (tear === "old") return old;
  if (tear === "new") return next;
  if (tear === "both") return merge(old & next, value, { ...shape, medium: "bits" });
  const mask = random(256);
  return (old & ~mask) | (next & mask);
}

/** Programs the first `whole` bytes of `data`, tears the next one, and leaves the rest. */
export function programPart(image: Uint8Array, offset: number, data: Uint8Array, part: { whole: number; tear: ByteTear; seed: number }, shape: Shape): void {
  const whole = Math.min(part.whole, data.length);
  for (let i = 0; i < whole; i++) image[offset + i] = merge(image[offset + i]!, data[i]!, shape);
  if (whole < data.length) {
    image[offset + whole] = tornByte(image[offset + whole]!, data[whole]!, part.tear, shape, chance(part.seed));
  }
}

/** Programs `data` with every byte torn at random: pages that reached the medium in part and out of order. */
export function programShredded(image: Uint8Array, offset: number, data: Uint8Array, seed: number, shape: Shape): void {
  const random = chance(seed);
  for (let i = 0; i < data.length; i++) {
    const tear = BYTE_TEARS[random(16) === 0 ? 3 : random(2)]!;
    image[offset + i] = tornByte(image[offset + i]!, data[i]!, tear, shape, random);
  }
}

/** Erases a sector as far as `tear` lets it come. */
export function erasePart(image: Uint8Array, sector: number, tear: EraseTear, seed: number, shape: Shape): void {
  const start = sector * shape.sectorBytes;
  const half = start + shape.sectorBytes / 2;
  const end = start + shape.sectorBytes;
  if (tear === "all") image.fill(shape.erasedByte, start, end);
  else if (tear === "firstHalf") image.fill(shape.erasedByte, start, half);
  else if (tear === "secondHalf") image.fill(shape.erasedByte, half, end);
  else if (tear === "random") {
    const random = chance(seed);
    for (let i = start; i < end; i++) {
      const mask = random(256);
      image[i] = (image[i]! & ~mask) | (shape.erasedByte & mask);
    }
  }
}

/** Performs `operation` wholly. */
export function perform(image: Uint8Array, operation: FlashOperation, shape: Shape): void {
  if (operation.kind === "erase") erasePart(image, operation.sector, "all", 0, shape);
  else if (operation.kind === "program") {
    programPart(image, operation.offset, operation.data, { whole: operation.data.length, tear: "new", seed: 0 }, shape);
  }
}
