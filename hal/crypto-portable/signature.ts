import { p256 } from "@noble/curves/nist.js";
import nacl from "tweetnacl";
import { concat } from "../../firmware/base/index.ts";
import type { RandomPort, SignatureAlgorithm, SigningKey } from "../../firmware/ports/index.ts";
import { drawP256Scalar, isOnEd25519, isP256Scalar, isSBelowOrder, isSoundEd25519Encoding } from "../crypto-rules/index.ts";
import { PortableSigningKey } from "./keys.ts";

/** See `CryptoPort.generateSigningKey`. */
export function generateSigningKey(algorithm: SignatureAlgorithm, random: RandomPort): SigningKey {
  return keyOf(algorithm, algorithm === "Ed25519" ? random.bytes(32) : drawP256Scalar(random));
}

/** See `CryptoPort.importSigningKey`. */
export function importSigningKey(algorithm: SignatureAlgorithm, stored: Uint8Array): SigningKey | undefined {
  if (stored.length !== 32) return undefined;
  if (algorithm === "ES256" && !isP256Scalar(stored)) return undefined;
  return keyOf(algorithm, stored);
}

/** See `CryptoPort.exportSigningKey`. */
export function exportSigningKey(key: SigningKey): Uint8Array {
  return PortableSigningKey.secretOf(key).slice(0, 32);
}

function keyOf(algorithm: SignatureAlgorithm, secret: Uint8Array): SigningKey {
  if (algorithm === "ES256") return new PortableSigningKey(algorithm, p256.getPublicKey(secret, false).slice(1), secret.slice());
  const pair = nacl.sign.keyPair.fromSeed(secret);
  return new PortableSigningKey(algorithm, pair.publicKey, pair.secretKey);
}

/** ES256 is deterministic (RFC 6979) and not normalised to low S, so that it reproduces the published vectors. */
export function sign(key: SigningKey, message: Uint8Array): Uint8Array {
  const secret = PortableSigningKey.secretOf(key);
  if (key.algorithm === "Ed25519") return nacl.sign.detached(message, secret);
  return p256.sign(message, secret, { prehash: true, lowS: false, format: "compact" });
}

/** See `CryptoPort.verify`. */
export function verify(algorithm: SignatureAlgorithm, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  if (algorithm === "Ed25519") {
    // tweetnacl itself accepts S >= L.
    return isSoundEd25519Encoding(publicKey) && isSBelowOrder(signature) && nacl.sign.detached.verify(message, signature, publicKey);
  }
  return isP256Point(publicKey) && p256.verify(signature, message, uncompressed(publicKey), { prehash: true, lowS: false, format: "compact" });
}

/** See `CryptoPort.isAcceptablePublicKey`. */
export function isAcceptablePublicKey(algorithm: SignatureAlgorithm, publicKey: Uint8Array): boolean {
  if (algorithm === "ES256") return isP256Point(publicKey);
  return isSoundEd25519Encoding(publicKey) && isOnEd25519(publicKey);
}

function isP256Point(publicKey: Uint8Array): boolean {
  return publicKey.length === 64 && p256.utils.isValidPublicKey(uncompressed(publicKey), false);
}

function uncompressed(publicKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(4), publicKey);
}
