import { p256 } from "@noble/curves/nist.js";
import nacl from "tweetnacl";
import { assert, concat } from "../../firmware/base/index.ts";
import type { AgreementCurve, AgreementKey, RandomPort } from "../../firmware/ports/index.ts";
import { drawP256Scalar, isP256Scalar } from "../crypto-rules/index.ts";
import { PortableAgreementKey } from "./keys.ts";

/** See `CryptoPort.generateAgreementKey`. */
export function generateAgreementKey(curve: AgreementCurve, random: RandomPort): AgreementKey {
  return keyOf(curve, curve === "X25519" ? random.bytes(32) : drawP256Scalar(random));
}

/** See `CryptoPort.importAgreementKey`. */
export function importAgreementKey(curve: AgreementCurve, stored: Uint8Array): AgreementKey | undefined {
  if (stored.length !== 32) return undefined;
  if (curve === "P-256" && !isP256Scalar(stored)) return undefined;
  return keyOf(curve, stored.slice());
}

function keyOf(curve: AgreementCurve, secret: Uint8Array): AgreementKey {
  const publicKey = curve === "X25519" ? nacl.scalarMult.base(secret) : p256.getPublicKey(secret, true).slice(1);
  return new PortableAgreementKey(curve, publicKey, secret);
}

/** See `CryptoPort.agree`. */
export function agree(own: AgreementKey, peerPublicKey: Uint8Array): Uint8Array | undefined {
  const secret = PortableAgreementKey.secretOf(own);
  if (peerPublicKey.length !== 32) return undefined;
  return own.curve === "X25519" ? agreeX25519(secret, peerPublicKey) : agreeP256(secret, peerPublicKey);
}

/** See `CryptoPort.agreementPoint`. */
export function agreementPoint(own: AgreementKey): Uint8Array {
  assert(own.curve === "P-256", "a point is asked of a P-256 key");
  return p256.getPublicKey(PortableAgreementKey.secretOf(own), false);
}

function agreeX25519(secret: Uint8Array, peerPublicKey: Uint8Array): Uint8Array | undefined {
  const shared = nacl.scalarMult(secret, peerPublicKey);
  let any = 0;
  for (const byte of shared) any |= byte;
  return any === 0 ? undefined : shared;
}

/** Either y of the peer's x gives the same x of the product, so the even one is taken (RFC 9528 section 3.7). */
function agreeP256(secret: Uint8Array, peerPublicKey: Uint8Array): Uint8Array | undefined {
  const compressed = concat(Uint8Array.of(2), peerPublicKey);
  if (!p256.utils.isValidPublicKey(compressed, true)) return undefined;
  return p256.getSharedSecret(secret, compressed, true).slice(1);
}
