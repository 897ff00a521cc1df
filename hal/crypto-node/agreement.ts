import { diffieHellman } from "node:crypto";
import { assert, concat } from "../../firmware/base/index.ts";
import type { AgreementCurve, AgreementKey, RandomPort } from "../../firmware/ports/index.ts";
import { drawP256Scalar, isP256Scalar } from "../crypto-rules/index.ts";
import { plain } from "./bytes.ts";
import { NodeAgreementKey } from "./keys.ts";
import { okpPrivateKey, p256Agreement } from "./private-keys.ts";
import { x25519PublicKey } from "./public-keys.ts";

/** See `CryptoPort.generateAgreementKey`. */
export function generateAgreementKey(curve: AgreementCurve, random: RandomPort): AgreementKey {
  return keyOf(curve, curve === "X25519" ? random.bytes(32) : drawP256Scalar(random));
}

/** See `CryptoPort.importAgreementKey`. */
export function importAgreementKey(curve: AgreementCurve, stored: Uint8Array): AgreementKey | undefined {
  if (stored.length !== 32) return undefined;
  if (curve === "P-256" && !isP256Scalar(stored)) return undefined;
  return keyOf(curve, stored);
}

function keyOf(curve: AgreementCurve, secret: Uint8Array): AgreementKey {
  if (curve === "P-256") {
    const { ecdh, point } = p256Agreement(secret);
    return new NodeAgreementKey(point.slice(0, 32), { curve, ecdh });
  }
  const { key, publicKey } = okpPrivateKey("X25519", secret);
  return new NodeAgreementKey(publicKey, { curve, key });
}

/** See `CryptoPort.agree`. */
export function agree(own: AgreementKey, peerPublicKey: Uint8Array): Uint8Array | undefined {
  const secret = NodeAgreementKey.secretOf(own);
  if (peerPublicKey.length !== 32) return undefined;
  try {
    // Either y of the peer's x gives the same x of the product, so the even one is taken (RFC 9528 section 3.7).
    if (secret.curve === "P-256") return plain(secret.ecdh.computeSecret(concat(Uint8Array.of(2), peerPublicKey)));
    const publicKey = x25519PublicKey(peerPublicKey);
    return publicKey && nonZero(plain(diffieHellman({ privateKey: secret.key, publicKey })));
  } catch {
    // Node's one way of refusing a point off the curve or, in OpenSSL 3, an all-zero secret.
    return undefined;
  }
}

/** See `CryptoPort.agreementPoint`. */
export function agreementPoint(own: AgreementKey): Uint8Array {
  const secret = NodeAgreementKey.secretOf(own);
  assert(secret.curve === "P-256", "a point is asked of a P-256 key");
  return plain(secret.ecdh.getPublicKey());
}

/** OpenSSL refuses the all-zero secret itself; other builds of node:crypto need not. */
function nonZero(shared: Uint8Array): Uint8Array | undefined {
  let any = 0;
  for (const byte of shared) any |= byte;
  return any === 0 ? undefined : shared;
}
