import { assert, err, fromBase64Url, ok, toBase64Url, utf8Encode, type Result } from "../base/index.ts";
import { CborRaw, decodeMap, encode, type CborItem, type CborKey, type CborValue } from "../cbor/index.ts";
import { parsePublicKey, type PublicKey } from "../cose/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { CLAIM_EPOCH, CLAIM_USES } from "../wire/index.ts";

/** What a grant makes of its holder. */
export type GrantRole = "guest" | "valet";

/** The claims of a grant: who may use which car, when, for what, how often. */
export interface GrantClaims {
  readonly role: GrantRole;
  /** 1 to 64 bytes of UTF-8 without control characters. */
  readonly name: string;
  /** Vehicle id of the one car it is for: 32 bytes. */
  readonly audience: Uint8Array;
  /** End and start of the window, Unix seconds; either may be absent only where `uses` is present. */
  readonly expiresAtS?: number | undefined;
  readonly notBeforeS?: number | undefined;
  readonly issuedAtS: number;
  /** Names this grant: 8 bytes. */
  readonly cti: Uint8Array;
  /** The holder's key; its `coseKey` is a copy of the bytes that were received. */
  readonly holder: PublicKey;
  /** One byte, bits as numbered in ACTIONS. Bits that nobody can delegate are not refused here. */
  readonly scope: number;
  /** 1 to 1000; absent: not counted. */
  readonly uses?: number | undefined;
  /** The epoch of the issuer that it was signed in, 0 to 2^32 - 1. */
  readonly issuerEpoch: number;
}

/**
 * Why bytes are no grant. `claim` is the number of the claim that is missing, unknown or wrong.
 */
export type CwtFault =
  | { readonly kind: "malformed" | "unsupported-algorithm" }
  | { readonly kind: "unknown-claim" | "missing-claim" | "wrong-claim"; readonly claim: CborKey }
  | { readonly kind: "unacceptable-key" };

/** Claim numbers (RFC 8392 section 4, RFC 8747 section 3.1, RFC 9200 section 5.9.2, and two of our own). */
export const CLAIM = {
  subject: 2,
  audience: 3,
  expiresAt: 4,
  notBefore: 5,
  issuedAt: 6,
  cti: 7,
  confirmation: 8,
  scope: 9,
  uses: CLAIM_USES,
  issuerEpoch: CLAIM_EPOCH,
} as const;

export const CTI_BYTES = 8;
export const GRANT_NAME_BYTES_MAX = 64;
/** More uses than this are no grant for a guest any more. */
export const GRANT_USES_MAX = 1000;

const VEHICLE_ID_BYTES = 32;
const ISSUER_EPOCH_MAX = 0xffffffff;
/** End of the year 9999: dates beyond are mistakes. */
const UNIX_S_MAX = 253402300799;

const KNOWN: ReadonlySet<CborKey> = new Set<CborKey>(Object.values(CLAIM));

// C0, DEL, C1, line and paragraph separator, the characters that reorder text, and half a character: a name is shown in logs
// and on terminals.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Surrogate}]/u;

/** Whether `name` may stand in a grant. */
export function isGrantName(name: string): boolean {
  if (CONTROL.test(name)) return false;
  const length = utf8Encode(name).length;
  return length >= 1 && length <= GRANT_NAME_BYTES_MAX;
}

/** The claims set as deterministic CBOR. The claims must be ones that {@link parseClaims} would take. */
export function encodeClaims(claims: GrantClaims): Uint8Array {
  assert(isGrantName(claims.name), "a grant has a name of 1 to 64 bytes");
  assert(claims.audience.length === VEHICLE_ID_BYTES, "an audience is a vehicle id");
  assert(wrongNumber(claims) === undefined, "the numbers of a grant are within their ranges");
  assert(claims.cti.length === CTI_BYTES, "a cti has 8 bytes");
  assert(isWithin(claims.scope, 0, 0xff), "a scope is one byte");
  const set = new Map<CborKey, CborValue>([
    [CLAIM.subject, `${claims.role}:${claims.name}`],
    [CLAIM.audience, toBase64Url(claims.audience)],
    [CLAIM.issuedAt, claims.issuedAtS],
    [CLAIM.cti, claims.cti],
    [CLAIM.confirmation, new Map([[1, new CborRaw(claims.holder.coseKey)]])],
    [CLAIM.scope, Uint8Array.of(claims.scope)],
    [CLAIM.issuerEpoch, claims.issuerEpoch],
  ]);
  if (claims.expiresAtS !== undefined) set.set(CLAIM.expiresAt, claims.expiresAtS);
  if (claims.notBeforeS !== undefined) set.set(CLAIM.notBefore, claims.notBeforeS);
  if (claims.uses !== undefined) set.set(CLAIM.uses, claims.uses);
  return encode(set);
}

/** The claims of a received claims set. Strict: an unknown claim is refused, since a restriction that is ignored fails open. */
export function parseClaims(crypto: CryptoPort, bytes: Uint8Array): Result<GrantClaims, CwtFault> {
  const set = decodeMap(bytes);
  if (!set.ok) return err({ kind: "malformed" });
  for (const claim of set.value.keys()) {
    if (!KNOWN.has(claim)) return err({ kind: "unknown-claim", claim });
  }
  for (const claim of REQUIRED) {
    if (!set.value.has(claim)) return err({ kind: "missing-claim", claim });
  }
  const subject = readSubject(value(set.value, CLAIM.subject));
  if (subject === undefined) return wrong(CLAIM.subject);
  const audience = readAudience(value(set.value, CLAIM.audience));
  if (audience === undefined) return wrong(CLAIM.audience);
  const cti = value(set.value, CLAIM.cti);
  if (!(cti instanceof Uint8Array) || cti.length !== CTI_BYTES) return wrong(CLAIM.cti);
  const scope = value(set.value, CLAIM.scope);
  if (!(scope instanceof Uint8Array) || scope.length !== 1) return wrong(CLAIM.scope);
  const numbers = readNumbers(set.value);
  if (!numbers.ok) return numbers;
  const holder = readHolder(crypto, bytes, set.value.get(CLAIM.confirmation)!);
  if (!holder.ok) return holder;
  return ok({ ...subject, audience, cti, scope: scope[0]!, ...numbers.value, holder: holder.value });
}

const REQUIRED = [
  CLAIM.subject,
  CLAIM.audience,
  CLAIM.issuedAt,
  CLAIM.cti,
  CLAIM.confirmation,
  CLAIM.scope,
  CLAIM.issuerEpoch,
] as const;

type GrantNumbers = Pick<GrantClaims, "expiresAtS" | "notBeforeS" | "issuedAtS" | "uses" | "issuerEpoch">;

function wrong(claim: number): Result<never, CwtFault> {
  return err({ kind: "wrong-claim", claim });
}

function value(set: ReadonlyMap<CborKey, CborItem>, claim: number): CborValue | undefined {
  return set.get(claim)?.value;
}

function readSubject(subject: CborValue | undefined): Pick<GrantClaims, "role" | "name"> | undefined {
  if (typeof subject !== "string") return undefined;
  const colon = subject.indexOf(":");
  const role = subject.slice(0, Math.max(colon, 0));
  const name = subject.slice(colon + 1);
  if ((role !== "guest" && role !== "valet") || !isGrantName(name)) return undefined;
  return { role, name };
}

function readAudience(audience: CborValue | undefined): Uint8Array | undefined {
  if (typeof audience !== "string") return undefined;
  const vehicleId = fromBase64Url(audience);
  return vehicleId?.length === VEHICLE_ID_BYTES ? vehicleId : undefined;
}

function readNumbers(set: ReadonlyMap<CborKey, CborItem>): Result<GrantNumbers, CwtFault> {
  // The casts are claims about strangers' bytes: the check of the ranges refuses whatever is no number as well.
  const numbers = {
    expiresAtS: value(set, CLAIM.expiresAt) as number | undefined,
    notBeforeS: value(set, CLAIM.notBefore) as number | undefined,
    issuedAtS: value(set, CLAIM.issuedAt) as number,
    uses: value(set, CLAIM.uses) as number | undefined,
    issuerEpoch: value(set, CLAIM.issuerEpoch) as number,
  };
  return wrongNumber(numbers) ?? ok(numbers);
}

function wrongNumber(numbers: GrantNumbers): Result<never, CwtFault> | undefined {
  const { expiresAtS, notBeforeS, issuedAtS, uses, issuerEpoch } = numbers;
  if (expiresAtS !== undefined && !isWithin(expiresAtS, 0, UNIX_S_MAX)) return wrong(CLAIM.expiresAt);
  if (notBeforeS !== undefined && !isWithin(notBeforeS, 0, UNIX_S_MAX)) return wrong(CLAIM.notBefore);
  if (!isWithin(issuedAtS, 0, UNIX_S_MAX)) return wrong(CLAIM.issuedAt);
  if (uses !== undefined && !isWithin(uses, 1, GRANT_USES_MAX)) return wrong(CLAIM.uses);
  if (!isWithin(issuerEpoch, 0, ISSUER_EPOCH_MAX)) return wrong(CLAIM.issuerEpoch);
  if (uses === undefined && expiresAtS === undefined) return err({ kind: "missing-claim", claim: CLAIM.expiresAt });
  if (uses === undefined && notBeforeS === undefined) return err({ kind: "missing-claim", claim: CLAIM.notBefore });
  // A window that never opens is a mistake of its issuer, better told at once.
  if (expiresAtS !== undefined && notBeforeS !== undefined && expiresAtS <= notBeforeS) return wrong(CLAIM.expiresAt);
  return undefined;
}

function isWithin(number: number, least: number, most: number): boolean {
  return Number.isInteger(number) && number >= least && number <= most;
}

function readHolder(crypto: CryptoPort, bytes: Uint8Array, confirmation: CborItem): Result<PublicKey, CwtFault> {
  const members = decodeMap(bytes.subarray(confirmation.start, confirmation.end));
  const member = members.ok && members.value.size === 1 ? members.value.get(1) : undefined;
  if (member === undefined) return wrong(CLAIM.confirmation);
  const { start, end } = member;
  const key = parsePublicKey(crypto, bytes.subarray(confirmation.start + start, confirmation.start + end));
  if (key.ok) return key;
  return key.error === "unacceptable-key" ? err({ kind: "unacceptable-key" }) : wrong(CLAIM.confirmation);
}
