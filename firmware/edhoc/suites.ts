import type { AeadAlgorithm, AgreementCurve, SignatureAlgorithm } from "../ports/index.ts";

/** What a cipher suite stands for (RFC 9528 section 10.2). Hash and HKDF are SHA-256 in all of them. */
export interface Suite {
  readonly id: number;
  readonly aead: AeadAlgorithm;
  readonly keyBytes: number;
  readonly ivBytes: number;
  /** Length of a MAC that authenticates by static Diffie-Hellman. */
  readonly staticMacBytes: number;
  readonly curve: AgreementCurve;
  readonly signature: SignatureAlgorithm;
}

const AES_CCM_8 = { aead: "AES-CCM-16-64-128", keyBytes: 16, ivBytes: 13, staticMacBytes: 8 } as const;
const CHACHA20 = { aead: "ChaCha20-Poly1305", keyBytes: 32, ivBytes: 12, staticMacBytes: 16 } as const;

/** The suites this code can run. 4 and 5 are spoken on the air; 0 and 2 exist for the published traces. */
export const SUITES: readonly Suite[] = [
  { id: 0, ...AES_CCM_8, curve: "X25519", signature: "Ed25519" },
  { id: 2, ...AES_CCM_8, curve: "P-256", signature: "ES256" },
  { id: 4, ...CHACHA20, curve: "X25519", signature: "Ed25519" },
  { id: 5, ...CHACHA20, curve: "P-256", signature: "ES256" },
];

/** The suite numbered `id`, or undefined for one that this code cannot run. */
export function suiteOf(id: number): Suite | undefined {
  return SUITES.find((suite) => suite.id === id);
}

/** How a role shows that it holds its key: by signing, or by Diffie-Hellman with a static key. */
export type Authentication = "signature" | "static";

/** EDHOC methods (RFC 9528 section 3.2); the index is the number on the wire. */
export const METHODS = [
  { initiator: "signature", responder: "signature" },
  { initiator: "signature", responder: "static" },
  { initiator: "static", responder: "signature" },
  { initiator: "static", responder: "static" },
] as const satisfies readonly { readonly initiator: Authentication; readonly responder: Authentication }[];

/** Number of a method on the wire. */
export type Method = 0 | 1 | 2 | 3;

/** Bytes of G_X and G_Y on both curves. */
export const KEY_SHARE_BYTES = 32;

/** Bytes of a hash, and so of every transcript hash and PRK. */
export const HASH_BYTES = 32;

/** Bytes of a signature of either algorithm. */
export const SIGNATURE_BYTES = 64;
