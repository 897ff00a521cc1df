import { err, fromHex, ok, toHex, type Result } from "../base/index.ts";
import { LIST_ENTRY_COUNT_MAX, parseRevocationList, signRevocationList, type RevocationEntry } from "../lists/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { parseList } from "./bundles.ts";
import type { KeyFault } from "./faults.ts";
import { ownKey } from "./own-key.ts";
import { CARRIED_LIST_COUNT_MAX, findCar, withCar, type CarriedList, type IssuedGrant, type Wallet } from "./wallet.ts";

/** A clock that is far ahead must not use up the versions: 2^32 - 1 is in 2106, the year 2099 leaves 200 million. */
const LIST_TIME_S_MAX = 4_070_908_800;

/**
 * Revokes a grant: a new list of all that this phone has revoked at this car, of a higher version, kept until the car has it. It
 * counts from the moment the car has seen it, by this phone or any other that carries it. The version is at least the time it was
 * signed, so that a wallet restored from a backup does not sign lists which the car finds older than what it has.
 */
export function revokeGrant(
  crypto: CryptoPort,
  wallet: Wallet,
  vehicleId: string,
  { grantId, signedAtS }: { readonly grantId: string; readonly signedAtS: number },
): Result<{ readonly wallet: Wallet; readonly list: Uint8Array }, KeyFault> {
  const car = findCar(wallet, vehicleId);
  if (car === undefined) return err("unknownCar");
  const { issuer } = car;
  const grant = issuer.grants.find((issued) => issued.grantId === grantId);
  if (grant === undefined) return err("unknownGrant");
  if (grant.revoked) return err("alreadyRevoked");
  const grants = issuer.grants.map((issued) => (issued === grant ? { ...issued, revoked: true } : issued));
  const entries = entriesOf(grants);
  if (entries.length > LIST_ENTRY_COUNT_MAX) return err("issuerFull");
  const own = ownKey(crypto, wallet);
  const listVersion = Math.max(issuer.listVersion + 1, Math.min(signedAtS, LIST_TIME_S_MAX));
  const content = { vehicleId: fromHex(vehicleId)!, version: listVersion, issuerEpoch: issuer.epoch, entries };
  const list = signRevocationList(crypto, own.signingKey, own.keyId, content);
  const next = withCar(wallet, vehicleId, (it) => ({ ...it, issuer: { ...issuer, listVersion, list, grants } }));
  return ok({ wallet: next, list });
}

/** Revocation lists the car has not confirmed yet, own first; each goes into one `deliverList`. */
export function listsToDeliver(wallet: Wallet, vehicleId: string): readonly Uint8Array[] {
  const car = findCar(wallet, vehicleId);
  if (car === undefined) return [];
  const { issuer, carried } = car;
  const own = issuer.list !== undefined && issuer.deliveredVersion < issuer.listVersion ? [issuer.list] : [];
  return [...own, ...carried.map((other) => other.list)];
}

/**
 * Takes another issuer's list (`latchkey-list:` text) to carry it to the car. This phone cannot judge it, and the car trusts
 * nothing but its signature. Where too many are carried, the one taken first gives way.
 */
export function carryList(wallet: Wallet, text: string): Result<{ readonly wallet: Wallet; readonly vehicleId: string }, KeyFault> {
  const bytes = parseList(text);
  const parsed = bytes.ok ? parseRevocationList(bytes.value) : undefined;
  if (!bytes.ok || parsed?.ok !== true) return err("malformedText");
  const vehicleId = toHex(parsed.value.list.vehicleId);
  const car = findCar(wallet, vehicleId);
  if (car === undefined) return err("unknownCar");
  const carried: CarriedList = { issuerId: toHex(parsed.value.issuerKid), version: parsed.value.list.version, list: bytes.value };
  const known = car.carried.find((other) => other.issuerId === carried.issuerId);
  if (known !== undefined && known.version >= carried.version) return err("olderList");
  const others = car.carried.filter((other) => other !== known);
  const kept = [...others, carried].slice(-CARRIED_LIST_COUNT_MAX);
  return ok({ wallet: withCar(wallet, vehicleId, (it) => ({ ...it, carried: kept })), vehicleId });
}

/** What the list must name: revoked grants of the present epoch. */
function entriesOf(grants: readonly IssuedGrant[]): readonly RevocationEntry[] {
  return grants.filter((grant) => grant.revoked).map((grant) => ({ kind: "grant", grantId: fromHex(grant.grantId)! }));
}
