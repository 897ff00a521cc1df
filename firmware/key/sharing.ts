import { equalBytes, err, fromHex, ok, toHex, type Result } from "../base/index.ts";
import { parsePublicKey } from "../cose/index.ts";
import { GRANT_USES_MAX, isGrantName, parseGrant, signGrant, type GrantClaims, type ParsedGrant } from "../cwt/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { ACTIONS, GRANTABLE, isName, type Action } from "../wire/index.ts";
import { formatCarBundle, formatGrantBundle, parseCarBundle, parseGrantBundle, type GrantBundle } from "./bundles.ts";
import { vehicleIdOf } from "./car-identity.ts";
import type { KeyFault } from "./faults.ts";
import type { KeyInvitation } from "./key-invitation.ts";
import { ownKey } from "./own-key.ts";
import {
  CAR_COUNT_MAX,
  findCar,
  ISSUED_GRANT_COUNT_MAX,
  NEW_ISSUER,
  withCar,
  type CarKeys,
  type CarRecord,
  type CountedUses,
  type IssuedGrant,
  type Wallet,
} from "./wallet.ts";

/** What an owner gives to a guest or a valet. Times in Unix seconds. */
export interface GrantRequest {
  readonly holder: KeyInvitation;
  readonly role: "guest" | "valet";
  readonly actions: readonly Action[];
  /** Both may be absent only where `uses` is present. */
  readonly notBeforeS: number | undefined;
  readonly expiresAtS: number | undefined;
  readonly uses: number | undefined;
  readonly issuedAtS: number;
}

/** Longest life of a grant, also counted from the day it was signed. */
export const GRANT_LIFETIME_S_MAX = 90 * 24 * 60 * 60;

/** How far a car's clock may be behind the phone's that shares: a guest who stands beside the car must not wait for it. */
export const CLOCK_LAG_S_MAX = 5 * 60;

const CTI_BYTES = 8;

/** The window of a grant that is good at once and for `lifetimeS` from `nowS`; it begins a little earlier, as far as its whole length allows. */
export function windowFromNow(nowS: number, lifetimeS: number): { readonly notBeforeS: number; readonly expiresAtS: number } {
  const expiresAtS = nowS + lifetimeS;
  const lagS = Math.max(0, Math.min(CLOCK_LAG_S_MAX, GRANT_LIFETIME_S_MAX - lifetimeS));
  return { notBeforeS: Math.max(0, nowS - lagS), expiresAtS };
}

export interface Shared {
  /** With the grant among those issued; to be saved before the text leaves the phone, else nobody could revoke it. */
  readonly wallet: Wallet;
  /** The `latchkey-grant:` text for the guest. */
  readonly text: string;
  readonly grantId: string;
}

/** Signs a grant of one car for the key in `request.holder`. The car need not be near, nor reachable in any way. */
export function shareGrant(
  ports: { readonly crypto: CryptoPort; readonly random: RandomPort },
  wallet: Wallet,
  vehicleId: string,
  request: GrantRequest,
): Result<Shared, KeyFault> {
  const car = findCar(wallet, vehicleId);
  if (car === undefined) return err("unknownCar");
  if (car.role !== "owner") return err("notAnOwner");
  const fault = faultOf(request);
  if (fault !== undefined) return err(fault);
  const holder = parsePublicKey(ports.crypto, request.holder.publicKey);
  if (!holder.ok) return err("unacceptableKey");
  const own = ownKey(ports.crypto, wallet);
  if (equalBytes(holder.value.coseKey, own.publicKey.coseKey)) return err("ownKey");
  const remembered = car.issuer.grants.filter((grant) => !isOver(grant, request.issuedAtS));
  if (remembered.length >= ISSUED_GRANT_COUNT_MAX) return err("issuerFull");
  const cti = ports.random.bytes(CTI_BYTES);
  const claims: GrantClaims = {
    role: request.role,
    name: request.holder.name,
    audience: fromHex(vehicleId)!,
    expiresAtS: request.expiresAtS,
    notBeforeS: request.notBeforeS,
    issuedAtS: request.issuedAtS,
    cti,
    holder: holder.value,
    scope: request.actions.reduce((bits, action) => bits | (1 << ACTIONS[action]), 0),
    uses: request.uses,
    issuerEpoch: car.issuer.epoch,
  };
  const cwt = signGrant(ports.crypto, own.signingKey, own.keyId, claims);
  const issued: IssuedGrant = {
    grantId: toHex(cti),
    holder: toHex(ports.crypto.sha256(holder.value.coseKey)),
    name: request.holder.name,
    role: request.role,
    actions: request.actions,
    expiresAtS: request.expiresAtS,
    usesMax: request.uses,
    revoked: false,
  };
  return ok({
    wallet: withCar(wallet, vehicleId, (it) => ({ ...it, issuer: { ...it.issuer, grants: [...remembered, issued] } })),
    text: formatGrantBundle({ label: car.label, carKeys: car.carKeys, cwt }),
    grantId: issued.grantId,
  });
}

function faultOf(request: GrantRequest): KeyFault | undefined {
  const { notBeforeS, expiresAtS, uses, issuedAtS, actions } = request;
  if (!isName(request.holder.name) || !isGrantName(request.holder.name)) return "unacceptableName";
  if (actions.length === 0 || new Set(actions).size !== actions.length) return "badScope";
  if (!actions.every((action) => (GRANTABLE as readonly Action[]).includes(action))) return "badScope";
  if (uses !== undefined && (!Number.isInteger(uses) || uses < 1 || uses > GRANT_USES_MAX)) return "badUses";
  const times = [issuedAtS, notBeforeS, expiresAtS].filter((time) => time !== undefined);
  if (!times.every((time) => Number.isSafeInteger(time) && time >= 0)) return "badWindow";
  if (uses === undefined && (notBeforeS === undefined || expiresAtS === undefined)) return "badWindow";
  if (expiresAtS === undefined) return undefined;
  const startS = Math.min(notBeforeS ?? issuedAtS, issuedAtS);
  if (expiresAtS <= issuedAtS || expiresAtS <= (notBeforeS ?? 0)) return "badWindow";
  return expiresAtS - startS > GRANT_LIFETIME_S_MAX ? "tooLong" : undefined;
}

/** Whether a grant may be forgotten: it has ended, and no list must name it any more. */
function isOver(grant: IssuedGrant, nowS: number): boolean {
  return !grant.revoked && grant.expiresAtS !== undefined && grant.expiresAtS < nowS;
}

export interface Accepted {
  readonly wallet: Wallet;
  readonly vehicleId: string;
}

/**
 * Takes a grant that somebody shared with this phone. A newer grant of the same car replaces an older one; taking the same grant
 * again keeps the numbering of its uses.
 */
export function acceptGrant(crypto: CryptoPort, wallet: Wallet, text: string): Result<Accepted, KeyFault> {
  const bundle = parseGrantBundle(text);
  if (!bundle.ok) return bundle;
  const grant = parseGrant(crypto, bundle.value.cwt);
  if (!grant.ok) return err("malformedText");
  const vehicleId = vehicleIdOf(crypto, bundle.value.carKeys);
  if (!vehicleId.ok) return vehicleId;
  if (toHex(grant.value.claims.audience) !== vehicleId.value) return err("otherVehicle");
  if (!equalBytes(grant.value.claims.holder.coseKey, wallet.key.publicKey)) return err("otherHolder");
  const known = findCar(wallet, vehicleId.value);
  if (known !== undefined && known.grant === undefined) return err("knownCar");
  return storeCar(wallet, grantedCar(bundle.value, grant.value, vehicleId.value, known));
}

function grantedCar(bundle: GrantBundle, grant: ParsedGrant, vehicleId: string, known: CarRecord | undefined): CarRecord {
  const { claims } = grant;
  const grantId = toHex(claims.cti);
  const fresh: CountedUses | undefined =
    claims.uses === undefined ? undefined : { usesMax: claims.uses, next: 1, open: undefined };
  const uses = known?.grant?.grantId === grantId ? known.grant.uses : fresh;
  return {
    ...(known ?? newCar(bundle.label, vehicleId, bundle.carKeys)),
    label: bundle.label,
    carKeys: bundle.carKeys,
    role: claims.role,
    grant: { grantId, cwt: bundle.cwt, notBeforeS: claims.notBeforeS, expiresAtS: claims.expiresAtS, uses },
    ticket: undefined,
  };
}

/** What the reply to `enrol` and the person at the phone know of the new key. */
export interface EnrolledAs {
  readonly role: CarRecord["role"];
  /** From the reply's body; 0 where it named none. */
  readonly issuerEpoch: number;
}

/** The `latchkey-car:` text for a phone that an owner has just enrolled. */
export function shareCar(wallet: Wallet, vehicleId: string, enrolled: EnrolledAs): Result<string, KeyFault> {
  const car = findCar(wallet, vehicleId);
  return car === undefined ? err("unknownCar") : ok(formatCarBundle({ label: car.label, carKeys: car.carKeys, ...enrolled }));
}

/** Takes what the owner's phone says of the car in which this phone's key was enrolled. An enrolled key replaces a grant. */
export function acceptEnrolment(crypto: CryptoPort, wallet: Wallet, text: string): Result<Accepted, KeyFault> {
  const bundle = parseCarBundle(text);
  if (!bundle.ok) return bundle;
  const { label, carKeys, role, issuerEpoch } = bundle.value;
  const vehicleId = vehicleIdOf(crypto, carKeys);
  if (!vehicleId.ok) return vehicleId;
  const known = findCar(wallet, vehicleId.value) ?? newCar(label, vehicleId.value, carKeys);
  const issuer = { ...known.issuer, epoch: Math.max(known.issuer.epoch, issuerEpoch) };
  return storeCar(wallet, { ...known, label, carKeys, role, issuer, grant: undefined, ticket: undefined });
}

/** A record of a car of which nothing but the keys is known; as a driver's, until told otherwise. */
export function newCar(label: string, vehicleId: string, carKeys: CarKeys): CarRecord {
  return {
    label,
    vehicleId,
    carKeys,
    role: "driver",
    grant: undefined,
    resolvingKey: undefined,
    auditHead: undefined,
    issuer: NEW_ISSUER,
    carried: [],
    ticket: undefined,
    recoverySeed: undefined,
  };
}

/** Adds or replaces a car; refuses other public keys for one that is known (a text must not move a phone to a false car). */
export function storeCar(wallet: Wallet, car: CarRecord): Result<Accepted, KeyFault> {
  const known = findCar(wallet, car.vehicleId);
  if (known === undefined) {
    if (wallet.cars.length >= CAR_COUNT_MAX) return err("walletFull");
    return ok({ wallet: { ...wallet, cars: [...wallet.cars, car] }, vehicleId: car.vehicleId });
  }
  const same = equalBytes(known.carKeys.ed25519, car.carKeys.ed25519) && equalBytes(known.carKeys.es256, car.carKeys.es256);
  return same ? ok({ wallet: withCar(wallet, car.vehicleId, () => car), vehicleId: car.vehicleId }) : err("otherCarKeys");
}
