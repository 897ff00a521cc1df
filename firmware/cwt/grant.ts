import { assert, equalBytes, err, ok, type Result } from "../base/index.ts";
import { parseSign1, signSign1, verifySign1, type ParsedSign1, type PublicKey } from "../cose/index.ts";
import type { CryptoPort, SigningKey } from "../ports/index.ts";
import { KEY_ID_BYTES } from "../wire/index.ts";
import { encodeClaims, parseClaims, type CwtFault, type GrantClaims } from "./claims.ts";

/** A grant whose shape is right. Its signature, and whether it is good now, are still to be asked. */
export interface ParsedGrant {
  readonly claims: GrantClaims;
  /** Key id of the key that claims to have signed it: 8 bytes. */
  readonly issuerKid: Uint8Array;
  readonly sign1: ParsedSign1;
  /** The CWT as received; EDHOC hashes these bytes as the credential. */
  readonly bytes: Uint8Array;
}

/** A new grant: an untagged CWT (RFC 8392) signed by the issuer's key, which `issuerKid` names. */
export function signGrant(crypto: CryptoPort, signingKey: SigningKey, issuerKid: Uint8Array, claims: GrantClaims): Uint8Array {
  assert(issuerKid.length === KEY_ID_BYTES, "an issuer's kid is a key id");
  assert(!isOf(claims.holder, signingKey), "nobody grants anything to the granting key");
  return signSign1(crypto, signingKey, { kid: issuerKid, payload: encodeClaims(claims) });
}

/**
 * The parts of a received grant. Checks shape, types and ranges of every claim, and that the holder's key is one to verify
 * with; no signature, no time, no list.
 */
export function parseGrant(crypto: CryptoPort, bytes: Uint8Array): Result<ParsedGrant, CwtFault> {
  const sign1 = parseSign1(bytes);
  if (!sign1.ok) return err({ kind: sign1.error === "unsupported-algorithm" ? sign1.error : "malformed" });
  const issuerKid = sign1.value.kid;
  if (issuerKid?.length !== KEY_ID_BYTES) return err({ kind: "malformed" });
  const claims = parseClaims(crypto, sign1.value.payload);
  return claims.ok ? ok({ claims: claims.value, issuerKid, sign1: sign1.value, bytes }) : claims;
}

/** Whether `issuerKey` signed the grant. False also where the holder is the issuer itself: that would be no delegation. */
export function verifyGrantSignature(crypto: CryptoPort, grant: ParsedGrant, issuerKey: PublicKey): boolean {
  if (equalBytes(grant.claims.holder.coseKey, issuerKey.coseKey)) return false;
  return verifySign1(crypto, grant.sign1, issuerKey);
}

function isOf(key: PublicKey, signingKey: SigningKey): boolean {
  return key.algorithm === signingKey.algorithm && equalBytes(key.raw, signingKey.publicKey);
}
