import { equalBytes, err, ok, toHex, type Result } from "../base/index.ts";
import { parsePublicKey } from "../cose/index.ts";
import { parseGrant, verifyGrantSignature, type CwtFault, type GrantClaims, type ParsedGrant } from "../cwt/index.ts";
import { ACTIONS, GRANTABLE, type ReasonName } from "../wire/index.ts";
import { acceptKey } from "./acceptable-key.ts";
import type { Grant } from "./asker.ts";
import { GRANT_WINDOW_S_MAX } from "./limits.ts";
import { GRANTABLE_BITS } from "./role-table.ts";
import type { AccessState } from "./state.ts";

/**
 * The grant in a guest's CWT, in the verifier's order: shape; the kid names an owner's key; signature; audience; length of the window;
 * holder; scope. Whether it is good now (time, revocation, uses) is for {@link decide}, at each request; the holder's possession of its
 * key is for EDHOC. A CWT that was verified before costs one hash.
 *
 * Errors: `malformed`, `unacceptableKey` (holder: small order, published, an owner's, the car's), `issuerNotOwner`, `delegated` (signed by
 * a key that is enrolled but no owner's), `badSignature`, `wrongVehicle`, `grantTooLong`, `scopeTooWide`, `storageFault`.
 */
export function admitGrant(state: AccessState, cwt: Uint8Array): Result<Grant, ReasonName> {
  if (state.ownershipLost) return err("storageFault");
  const { crypto } = state.options;
  const digest = toHex(crypto.sha256(cwt));
  const known = state.admitted.get(digest);
  if (known !== undefined) return issuerRefusal(state, known.issuerId) ?? ok(known);
  const parsed = parseGrant(crypto, cwt);
  if (!parsed.ok) return err(reasonOf(parsed.error));
  const issuerId = toHex(parsed.value.issuerKid);
  const refusal = issuerRefusal(state, issuerId) ?? signatureRefusal(state, issuerId, parsed.value) ?? claimsRefusal(state, parsed.value.claims);
  if (refusal !== undefined) return refusal;
  const holder = acceptKey(state.options, parsed.value.claims.holder);
  if (!holder.ok) return holder;
  if (state.keys.get(holder.value.keyId)?.role === "owner") return err("unacceptableKey");
  const grant = grantOf(parsed.value, issuerId, holder.value.keyId);
  state.admit(digest, grant);
  return ok(grant);
}

type Refused = Result<never, ReasonName> | undefined;

function issuerRefusal(state: AccessState, issuerId: string): Refused {
  const role = state.keys.get(issuerId)?.role;
  if (role === "owner") return undefined;
  return err(role === undefined ? "issuerNotOwner" : "delegated");
}

function signatureRefusal(state: AccessState, issuerId: string, grant: ParsedGrant): Refused {
  const { crypto } = state.options;
  const issuer = parsePublicKey(crypto, state.keys.get(issuerId)!.publicKey);
  if (!issuer.ok) return err("issuerNotOwner");
  if (equalBytes(grant.claims.holder.coseKey, issuer.value.coseKey)) return err("unacceptableKey");
  return verifyGrantSignature(crypto, grant, issuer.value) ? undefined : err("badSignature");
}

function claimsRefusal(state: AccessState, claims: GrantClaims): Refused {
  if (!equalBytes(claims.audience, state.options.vehicleId)) return err("wrongVehicle");
  const { expiresAtS, notBeforeS, issuedAtS } = claims;
  if (expiresAtS !== undefined && expiresAtS - (notBeforeS ?? issuedAtS) > GRANT_WINDOW_S_MAX) return err("grantTooLong");
  return (claims.scope & ~GRANTABLE_BITS) === 0 ? undefined : err("scopeTooWide");
}

function grantOf(parsed: ParsedGrant, issuerId: string, holderId: string): Grant {
  const { claims } = parsed;
  return {
    grantId: toHex(claims.cti),
    issuerId,
    issuerEpoch: claims.issuerEpoch,
    name: claims.name,
    role: claims.role,
    holderKey: claims.holder.coseKey,
    holderId,
    actions: new Set(GRANTABLE.filter((action) => (claims.scope & (1 << ACTIONS[action])) !== 0)),
    notBeforeS: claims.notBeforeS,
    expiresAtS: claims.expiresAtS,
    usesMax: claims.uses,
  };
}

function reasonOf(fault: CwtFault): ReasonName {
  return fault.kind === "unacceptable-key" ? "unacceptableKey" : "malformed";
}
