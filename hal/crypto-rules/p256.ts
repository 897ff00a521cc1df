import { assert, compareBytes } from "../../firmware/base/index.ts";
import type { RandomPort } from "../../firmware/ports/index.ts";

/** Order n of P-256 (SEC 2 version 2 section 2.4.2), big endian. */
const ORDER = Uint8Array.of(
  0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
);

/** A draw misses with a chance of 2^-32; eight misses in a row mean that the randomness is broken. */
const DRAW_COUNT_MAX = 8;

/** Whether 32 big-endian bytes are a private scalar, 1 to n - 1. */
export function isP256Scalar(scalar: Uint8Array): boolean {
  if (scalar.length !== 32) return false;
  let any = 0;
  for (const byte of scalar) any |= byte;
  return any !== 0 && compareBytes(scalar, ORDER) < 0;
}

/** A uniform private scalar by rejection (FIPS 186-5 appendix A.2.2). */
export function drawP256Scalar(random: RandomPort): Uint8Array {
  for (let draw = 0; draw < DRAW_COUNT_MAX; draw++) {
    const scalar = random.bytes(32);
    if (isP256Scalar(scalar)) return scalar;
  }
  assert(false, "the random port gives no P-256 scalar");
}
