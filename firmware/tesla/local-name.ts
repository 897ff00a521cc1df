import { toHex, utf8Encode } from "../base/index.ts";
import type { CryptoPort } from "../ports/index.ts";

/** A vehicle identification number as clients expect it: 17 characters (ISO 3779 forbids I, O and Q). */
export function isVin(text: string): boolean {
  return /^[A-HJ-NPR-Z0-9]{17}$/.test(text);
}

/** The name under which clients find the car: a hash of its VIN, the same for ever, so that whoever knows the VIN can follow the car. */
export function localNameOf(crypto: CryptoPort, vin: string): string {
  return `S${toHex(crypto.sha1(utf8Encode(vin)).subarray(0, 8))}C`;
}
