import type { Result } from "../base/index.ts";

export interface FlashGeometry {
  readonly sectorCount: number;
  readonly sectorBytes: number;
  /** Offsets and lengths of `program` are multiples of this. */
  readonly writeAlignBytes: number;
  /** What erase sets every byte to. */
  readonly erasedByte: 0x00 | 0xff;
}

/** What a device may answer instead of doing what it was told. */
export type FlashFault = { readonly kind: "out-of-range" | "not-erased" | "worn-out" | "io"; readonly detail: string };

/**
 * Raw flash, one region. Offsets and lengths in bytes.
 *
 * Nothing programmed or erased is durable before the board has performed a `commit` effect; until then power loss may undo,
 * keep, tear or reorder any of it. Power may also fail in the middle of an operation: the bytes in flight may then read as old,
 * new or anything between.
 */
export interface FlashPort {
  readonly geometry: FlashGeometry;
  read(offset: number, length: number): Uint8Array;
  /** Programs erased bytes, once. */
  program(offset: number, data: Uint8Array): Result<void, FlashFault>;
  erase(sector: number): Result<void, FlashFault>;
}
