import { createECDH, createPrivateKey, type ECDH, type KeyObject } from "node:crypto";
import { assert, concat } from "../../firmware/base/index.ts";
import { base64Url } from "./bytes.ts";

type OkpCurve = "Ed25519" | "X25519";

/** PKCS #8 (RFC 8410 section 7) of a 32-byte private key, up to the key itself. */
const PKCS8_PREFIX: { readonly [C in OkpCurve]: Uint8Array } = {
  Ed25519: Uint8Array.from(Buffer.from("302e020100300506032b657004220420", "hex")),
  X25519: Uint8Array.from(Buffer.from("302e020100300506032b656e04220420", "hex")),
};

/** Node 20 and 22 derive the public key from `d` alone, ten times as fast as reading DER; later ones check `x` and read DER fast. */
let derivesPublicKey = true;

/** The key object of a 32-byte Ed25519 seed or X25519 scalar, with its public key. */
export function okpPrivateKey(crv: OkpCurve, secret: Uint8Array): { readonly key: KeyObject; readonly publicKey: Uint8Array } {
  assert(secret.length === 32, "an Ed25519 or X25519 private key has 32 bytes");
  const key = (derivesPublicKey && fromJwkWithoutX(crv, secret)) || fromPkcs8(crv, secret);
  const { x } = key.export({ format: "jwk" });
  return { key, publicKey: Uint8Array.from(Buffer.from(x!, "base64url")) };
}

function fromJwkWithoutX(crv: OkpCurve, secret: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey({ key: { kty: "OKP", crv, d: base64Url(secret), x: "" }, format: "jwk" });
  } catch {
    derivesPublicKey = false;
    return undefined;
  }
}

function fromPkcs8(crv: OkpCurve, secret: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(concat(PKCS8_PREFIX[crv], secret)), format: "der", type: "pkcs8" });
}

/** The agreement object of a P-256 scalar, which the caller has checked, and its public point x || y. */
export function p256Agreement(scalar: Uint8Array): { readonly ecdh: ECDH; readonly point: Uint8Array } {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(scalar);
  return { ecdh, point: Uint8Array.from(ecdh.getPublicKey().subarray(1)) };
}

/** The signing key object of a P-256 scalar whose public point is `point`. */
export function p256PrivateKey(scalar: Uint8Array, point: Uint8Array): KeyObject {
  const key = { kty: "EC", crv: "P-256", d: base64Url(scalar), x: base64Url(point.subarray(0, 32)), y: base64Url(point.subarray(32)) };
  return createPrivateKey({ key, format: "jwk" });
}
