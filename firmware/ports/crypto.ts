/** Key agreement curves. Public keys are 32 bytes: the u-coordinate, or the x-coordinate for P-256 (RFC 9528 section 3.7). */
export type AgreementCurve = "X25519" | "P-256";

/** Signature algorithms. Public keys are 32 bytes for Ed25519 and 64 (x || y) for ES256; signatures are 64 bytes for both. */
export type SignatureAlgorithm = "Ed25519" | "ES256";

/** AEADs by their COSE names (RFC 9053 section 4). Nonces are 13, 13, 12 and 12 bytes; tags 8, 16, 16 and 16. */
export type AeadAlgorithm = "AES-CCM-16-64-128" | "AES-CCM-16-128-128" | "ChaCha20-Poly1305" | "A128GCM";

/** A private agreement key the port holds; only its public half can be read. */
export interface AgreementKey {
  readonly curve: AgreementCurve;
  readonly publicKey: Uint8Array;
}

/** A private signing key the port holds; only its public half can be read. */
export interface SigningKey {
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: Uint8Array;
}

/**
 * Everything secret is computed behind this port, so that a secure element can stand there. Answers at once.
 *
 * Two implementations must agree on every vector; tests/hal/crypto holds the one contract suite.
 */
export interface CryptoPort {
  sha256(data: Uint8Array): Uint8Array;
  /** Only where somebody else's protocol asks for it: SHA-1 resists no collisions. */
  sha1(data: Uint8Array): Uint8Array;
  /** HMAC-SHA-256; also HKDF-Extract with `key` as salt (RFC 5869 section 2.2). */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF-Expand with SHA-256, 0 to 8160 bytes (RFC 5869 section 2.3). */
  hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array;

  generateAgreementKey(curve: AgreementCurve): AgreementKey;
  /** The 32-byte shared secret, or undefined where the peer's key is not a point of the curve or the secret is all zero (RFC 7748 section 6.1). */
  agree(own: AgreementKey, peerPublicKey: Uint8Array): Uint8Array | undefined;

  generateSigningKey(algorithm: SignatureAlgorithm): SigningKey;
  sign(key: SigningKey, message: Uint8Array): Uint8Array;
  /** False for any wrong length, S >= L (RFC 8032 section 5.1.7), a refused public key or a wrong signature; never throws. */
  verify(algorithm: SignatureAlgorithm, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** False for wrong lengths, small-order or non-canonical Ed25519 encodings, points off the curve. Asked before a key is enrolled. */
  isAcceptablePublicKey(algorithm: SignatureAlgorithm, publicKey: Uint8Array): boolean;

  /** Storable form of a private key that this port alone can open. Software ports give the 32-byte seed or scalar. */
  exportSigningKey(key: SigningKey): Uint8Array;
  /** The key of a storable form, or undefined where it is none. */
  importSigningKey(algorithm: SignatureAlgorithm, stored: Uint8Array): SigningKey | undefined;
  importAgreementKey(curve: AgreementCurve, stored: Uint8Array): AgreementKey | undefined;

  /** The public point of a P-256 key: 4 || x || y, 65 bytes (SEC 1 section 2.3.3). */
  agreementPoint(own: AgreementKey): Uint8Array;
  /**
   * One 16-byte block by AES-128 in ECB mode under the key that a Tesla-type card and its car share: the first 16 bytes of SHA-1 over the
   * x-coordinate of `own` times the point with `peerX` (docs/card.md). Undefined where that is no point of the curve or a length is wrong.
   */
  cardBlock(own: AgreementKey, peerX: Uint8Array, block: Uint8Array, way: "encrypt" | "decrypt"): Uint8Array | undefined;

  /** Ciphertext followed by the tag. */
  aeadSeal(input: AeadInput, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, or undefined where the tag, a length or a key is wrong; also for an empty plaintext. */
  aeadOpen(input: AeadInput, ciphertext: Uint8Array): Uint8Array | undefined;
}

export interface AeadInput {
  readonly algorithm: AeadAlgorithm;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
}
