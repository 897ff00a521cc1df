import type { SignatureAlgorithm } from "../ports/index.ts";

/** COSE ids of the fully specified signature algorithms (RFC 9864 section 2): the only ones written or accepted. */
export const SIGNATURE_ALGORITHM_IDS = { Ed25519: -19, ES256: -9 } as const satisfies Record<SignatureAlgorithm, number>;

/** COSE id of ChaCha20/Poly1305 with 256-bit key, 128-bit tag, 96-bit nonce (RFC 9053 section 4.3). */
export const CHACHA20_POLY1305_ID = 24;

/** Header parameters of RFC 9052 section 3.1 that this firmware knows. */
export const HEADER = { algorithm: 1, kid: 4, partialIv: 6 } as const;

/** The signature algorithm behind a COSE id, or undefined for any id that is not accepted (polymorphic -8 and -7 included). */
export function signatureAlgorithmOf(id: unknown): SignatureAlgorithm | undefined {
  if (id === SIGNATURE_ALGORITHM_IDS.Ed25519) return "Ed25519";
  return id === SIGNATURE_ALGORITHM_IDS.ES256 ? "ES256" : undefined;
}
