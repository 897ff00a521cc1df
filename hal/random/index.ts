import { randomFillSync } from "node:crypto";
import type { RandomPort } from "../../firmware/ports/index.ts";

/** Bytes of the operating system's generator, through OpenSSL's. */
export function createSystemRandom(): RandomPort {
  return { bytes: (length) => randomFillSync(new Uint8Array(length)) };
}
