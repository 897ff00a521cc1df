import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { SignatureAlgorithm } from "../../firmware/ports/index.ts";
import { isSoundEd25519Encoding } from "../crypto-rules/index.ts";
import { base64Url } from "./bytes.ts";

/** Key objects kept, about 1 KiB each; a car meets the same few keys again and again. */
export const CACHED_KEY_COUNT_MAX = 256;

/** The key object of a raw public key, or undefined where it is refused. */
export type PublicKeyReader = (algorithm: SignatureAlgorithm, publicKey: Uint8Array) => KeyObject | undefined;

/** A reader that remembers the {@link CACHED_KEY_COUNT_MAX} accepted keys used last; refused ones are never kept. */
export function cachingPublicKeyReader(): PublicKeyReader {
  const cache = new Map<string, KeyObject>();
  return (algorithm, publicKey) => {
    if (publicKey.length !== (algorithm === "Ed25519" ? 32 : 64)) return undefined;
    // Lengths differ between the algorithms, so the bytes alone name the key.
    const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString("latin1");
    const key = cache.get(name) ?? readPublicKey(algorithm, publicKey);
    if (key === undefined) return undefined;
    cache.delete(name);
    cache.set(name, key);
    if (cache.size > CACHED_KEY_COUNT_MAX) cache.delete(cache.keys().next().value!);
    return key;
  };
}

function readPublicKey(algorithm: SignatureAlgorithm, publicKey: Uint8Array): KeyObject | undefined {
  if (algorithm === "ES256") {
    return fromJwk({ kty: "EC", crv: "P-256", x: base64Url(publicKey.subarray(0, 32)), y: base64Url(publicKey.subarray(32)) });
  }
  // OpenSSL reads small-order and non-canonical keys without complaint, and up to 3.0 verifies under them too.
  return isSoundEd25519Encoding(publicKey) ? fromJwk({ kty: "OKP", crv: "Ed25519", x: base64Url(publicKey) }) : undefined;
}

/** The key object of an X25519 public key; every 32 bytes are one (RFC 7748 section 5). Not cached: peers' keys are ephemeral. */
export function x25519PublicKey(publicKey: Uint8Array): KeyObject | undefined {
  return fromJwk({ kty: "OKP", crv: "X25519", x: base64Url(publicKey) });
}

function fromJwk(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    // Node's one way of saying that these bytes are no public key.
    return undefined;
  }
}
