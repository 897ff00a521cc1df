import { sign as signWith, verify as verifyWith } from "node:crypto";
import type { CryptoPort, RandomPort, SignatureAlgorithm, SigningKey } from "../../firmware/ports/index.ts";
import { drawP256Scalar, isOnEd25519, isP256Scalar, isSBelowOrder } from "../crypto-rules/index.ts";
import { plain } from "./bytes.ts";
import { NodeSigningKey } from "./keys.ts";
import { okpPrivateKey, p256Agreement, p256PrivateKey } from "./private-keys.ts";
import { cachingPublicKeyReader } from "./public-keys.ts";

type SignaturePart = "generateSigningKey" | "importSigningKey" | "exportSigningKey" | "sign" | "verify" | "isAcceptablePublicKey";

/** r || s instead of DER (RFC 9053 section 2.1). */
const DSA_ENCODING = "ieee-p1363";

/** The signatures of the port. ES256 signatures are randomised by OpenSSL; compare them by verification. */
export function nodeSignatures(random: RandomPort): Pick<CryptoPort, SignaturePart> {
  const readPublicKey = cachingPublicKeyReader();
  return {
    generateSigningKey: (algorithm) => keyOf(algorithm, algorithm === "Ed25519" ? random.bytes(32) : drawP256Scalar(random)),
    importSigningKey(algorithm, stored) {
      if (stored.length !== 32) return undefined;
      if (algorithm === "ES256" && !isP256Scalar(stored)) return undefined;
      return keyOf(algorithm, stored);
    },
    exportSigningKey: (key) => Uint8Array.from(Buffer.from(NodeSigningKey.keyObjectOf(key).export({ format: "jwk" }).d!, "base64url")),
    sign(key, message) {
      const keyObject = NodeSigningKey.keyObjectOf(key);
      if (key.algorithm === "Ed25519") return plain(signWith(null, message, keyObject));
      return plain(signWith("sha256", message, { key: keyObject, dsaEncoding: DSA_ENCODING }));
    },
    verify(algorithm, publicKey, message, signature) {
      if (signature.length !== 64) return false;
      // OpenSSL checks S < L too; what the port promises does not hang on it.
      if (algorithm === "Ed25519" && !isSBelowOrder(signature)) return false;
      const key = readPublicKey(algorithm, publicKey);
      if (key === undefined) return false;
      if (algorithm === "Ed25519") return verifyWith(null, message, key, signature);
      return verifyWith("sha256", message, { key, dsaEncoding: DSA_ENCODING }, signature);
    },
    isAcceptablePublicKey(algorithm, publicKey) {
      return readPublicKey(algorithm, publicKey) !== undefined && (algorithm === "ES256" || isOnEd25519(publicKey));
    },
  };
}

function keyOf(algorithm: SignatureAlgorithm, secret: Uint8Array): SigningKey {
  if (algorithm === "ES256") {
    const { point } = p256Agreement(secret);
    return new NodeSigningKey(algorithm, point, p256PrivateKey(secret, point));
  }
  const { key, publicKey } = okpPrivateKey("Ed25519", secret);
  return new NodeSigningKey(algorithm, publicKey, key);
}
