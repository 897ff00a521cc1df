import { concat, equalBytes, utf8Encode } from "../base/index.ts";
import type { CryptoPort } from "../ports/index.ts";

/** What the car advertises and answers as kid: a 4-byte nonce and the first 4 bytes of its HMAC. */
export const IDENTITY_BYTES = 8;
export const IDENTITY_NONCE_BYTES = 4;

const LABEL = utf8Encode("latchkey-id");

/** Nonce and the first 4 bytes of HMAC-SHA256(resolving key, "latchkey-id" and nonce): 8 bytes. */
export function rotatingIdentity(crypto: CryptoPort, resolvingKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  const mac = crypto.hmacSha256(resolvingKey, concat(LABEL, nonce));
  return concat(nonce, mac.subarray(0, IDENTITY_BYTES - IDENTITY_NONCE_BYTES));
}

/** Whether `identity` was made under `resolvingKey`. One in 2^32 strangers is taken for the car; the handshake finds out. */
export function resolvesIdentity(crypto: CryptoPort, resolvingKey: Uint8Array, identity: Uint8Array): boolean {
  if (identity.length !== IDENTITY_BYTES) return false;
  return equalBytes(rotatingIdentity(crypto, resolvingKey, identity.subarray(0, IDENTITY_NONCE_BYTES)), identity);
}
