import { concat, err, fromBase64Url, ok, toBase64Url, type Result } from "../base/index.ts";

/** Bytes of each thumbprint prefix and of the one-time secret: 128 bits each. */
export const PAIRING_HASH_BYTES = 16;
export const PAIRING_SECRET_BYTES = 16;

/** What the code on the car's own console says: which car it is, and the secret of this one pairing. */
export interface PairingInvitation {
  /** First 16 bytes of the COSE Key thumbprint of the car's Ed25519 key, then those of its P-256 key: 32 bytes. */
  readonly carKeysHash: Uint8Array;
  /** 16 bytes; never to be logged, nor passed as an argument of a process. */
  readonly secret: Uint8Array;
}

/** The 32 bytes of `carKeysHash` from the two whole thumbprints. */
export function carKeysHash(ed25519Thumbprint: Uint8Array, es256Thumbprint: Uint8Array): Uint8Array {
  return concat(ed25519Thumbprint.subarray(0, PAIRING_HASH_BYTES), es256Thumbprint.subarray(0, PAIRING_HASH_BYTES));
}

/** `latchkey:1?h=BASE64URL&s=BASE64URL`, as the QR code shows it. */
export function formatPairingUri(invitation: PairingInvitation): string {
  return `latchkey:1?h=${toBase64Url(invitation.carKeysHash)}&s=${toBase64Url(invitation.secret)}`;
}

const PAIRING_URI = /^latchkey:1\?h=([A-Za-z0-9_-]{43})&s=([A-Za-z0-9_-]{22})$/;

/** The invitation in `text`; anything but the one form that {@link formatPairingUri} writes is `malformed`. */
export function parsePairingUri(text: string): Result<PairingInvitation, "malformed"> {
  const match = PAIRING_URI.exec(text);
  const hash = fromBase64Url(match?.[1] ?? "");
  const secret = fromBase64Url(match?.[2] ?? "");
  if (match === null || hash === undefined || secret === undefined) return err("malformed");
  return ok({ carKeysHash: hash, secret });
}
