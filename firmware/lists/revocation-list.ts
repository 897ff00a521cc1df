import { assert, compareBytes, err, fromBase64Url, ok, toBase64Url, utf8Encode, type Result } from "../base/index.ts";
import { decode, encode, type CborMap, type CborValue } from "../cbor/index.ts";
import { parseSign1, signSign1, verifySign1, type ParsedSign1, type PublicKey } from "../cose/index.ts";
import type { CryptoPort, SigningKey } from "../ports/index.ts";
import { KEY_ID_BYTES } from "../wire/index.ts";

/** One thing revoked: a key by its whole thumbprint (32 bytes), or a grant of the list's issuer by its cti (8 bytes). */
export type RevocationEntry =
  | { readonly kind: "key"; readonly thumbprint: Uint8Array }
  | { readonly kind: "grant"; readonly grantId: Uint8Array };

/** What one issuer has revoked at one car. Versions of an issuer's lists strictly grow; its epoch never shrinks. */
export interface RevocationList {
  readonly vehicleId: Uint8Array;
  readonly version: number;
  readonly issuerEpoch: number;
  readonly entries: readonly RevocationEntry[];
}

/** A list whose shape is right; nothing in it is true before {@link verifyRevocationList} says so. */
export interface ParsedRevocationList {
  readonly list: RevocationList;
  /** Key id of the key that claims to have signed it: 8 bytes. */
  readonly issuerKid: Uint8Array;
  readonly sign1: ParsedSign1;
}

/** `malformed`: not exactly this profile's shape; `unsupported-algorithm`: signed with an algorithm that is not ours. */
export type RevocationListFault = "malformed" | "unsupported-algorithm";

/** Entries of one list: about as many ctis as one protected message can carry; key thumbprints fill it earlier. More needs a new issuer epoch. */
export const LIST_ENTRY_COUNT_MAX = 256;
/** Versions and epochs are below this, so that no reader needs more than 32 bits. */
export const LIST_NUMBER_MAX = 0xffffffff;

const THUMBPRINT_BYTES = 32;
const GRANT_ID_BYTES = 8;
const EXTERNAL_AAD = utf8Encode("latchkey-revocations");
const CLAIMS = { vehicle: 1, version: 2, issuerEpoch: 3, entries: 4 } as const;
const KINDS = { key: 0, grant: 1 } as const;

/** `list` signed by its issuer, as an untagged COSE_Sign1 (docs/protocol.md, "Revocation lists"). Entries are sorted and made unique. */
export function signRevocationList(crypto: CryptoPort, signingKey: SigningKey, issuerKid: Uint8Array, list: RevocationList): Uint8Array {
  assert(issuerKid.length === KEY_ID_BYTES, "an issuer's kid is a key id");
  assert(list.vehicleId.length === THUMBPRINT_BYTES, "a vehicle id is a thumbprint");
  return signSign1(crypto, signingKey, { kid: issuerKid, payload: encodePayload(list), externalAad: EXTERNAL_AAD });
}

/** The parts of a received list. Entries must be strictly ascending, so that one set of revocations has one encoding. */
export function parseRevocationList(bytes: Uint8Array): Result<ParsedRevocationList, RevocationListFault> {
  const sign1 = parseSign1(bytes);
  if (!sign1.ok) return err(sign1.error === "unsupported-algorithm" ? sign1.error : "malformed");
  const issuerKid = sign1.value.kid;
  if (issuerKid?.length !== KEY_ID_BYTES) return err("malformed");
  const list = decodePayload(sign1.value.payload);
  return list === undefined ? err("malformed") : ok({ list, issuerKid, sign1: sign1.value });
}

/** Whether `issuerKey` signed the list. */
export function verifyRevocationList(crypto: CryptoPort, parsed: ParsedRevocationList, issuerKey: PublicKey): boolean {
  return verifySign1(crypto, parsed.sign1, issuerKey, EXTERNAL_AAD);
}

function encodePayload(list: RevocationList): Uint8Array {
  assert(isListNumber(list.version) && isListNumber(list.issuerEpoch), "version and epoch are 32-bit numbers");
  const encoded = list.entries.map((entry) => ({ entry: entryValue(entry), bytes: encode(entryValue(entry)) }));
  encoded.sort((a, b) => compareBytes(a.bytes, b.bytes));
  const unique = encoded.filter((item, i) => i === 0 || compareBytes(item.bytes, encoded[i - 1]!.bytes) !== 0);
  assert(unique.length <= LIST_ENTRY_COUNT_MAX, "a list has at most LIST_ENTRY_COUNT_MAX entries");
  return encode(
    new Map<number, CborValue>([
      [CLAIMS.vehicle, toBase64Url(list.vehicleId)],
      [CLAIMS.version, list.version],
      [CLAIMS.issuerEpoch, list.issuerEpoch],
      [CLAIMS.entries, unique.map((item) => item.entry)],
    ]),
  );
}

function entryValue(entry: RevocationEntry): CborValue {
  const id = entry.kind === "key" ? entry.thumbprint : entry.grantId;
  assert(id.length === (entry.kind === "key" ? THUMBPRINT_BYTES : GRANT_ID_BYTES), "an entry has the length of its kind");
  return [KINDS[entry.kind], id];
}

function decodePayload(payload: Uint8Array): RevocationList | undefined {
  const decoded = decode(payload);
  if (!decoded.ok || !(decoded.value instanceof Map)) return undefined;
  const map = decoded.value as CborMap;
  const vehicle = map.get(CLAIMS.vehicle);
  const vehicleId = typeof vehicle === "string" ? fromBase64Url(vehicle) : undefined;
  const version = map.get(CLAIMS.version);
  const issuerEpoch = map.get(CLAIMS.issuerEpoch);
  const entries = decodeEntries(map.get(CLAIMS.entries));
  if (map.size !== 4 || vehicleId?.length !== THUMBPRINT_BYTES || entries === undefined) return undefined;
  return isListNumber(version) && isListNumber(issuerEpoch) ? { vehicleId, version, issuerEpoch, entries } : undefined;
}

function decodeEntries(value: CborValue | undefined): readonly RevocationEntry[] | undefined {
  if (!Array.isArray(value) || value.length > LIST_ENTRY_COUNT_MAX) return undefined;
  const entries: RevocationEntry[] = [];
  let previous: Uint8Array | undefined;
  for (const item of value as readonly CborValue[]) {
    const entry = decodeEntry(item);
    const bytes = encode(item);
    if (entry === undefined || (previous !== undefined && compareBytes(previous, bytes) >= 0)) return undefined;
    previous = bytes;
    entries.push(entry);
  }
  return entries;
}

function decodeEntry(item: CborValue): RevocationEntry | undefined {
  if (!Array.isArray(item) || item.length !== 2) return undefined;
  const [kind, id] = item as readonly CborValue[];
  if (!(id instanceof Uint8Array)) return undefined;
  if (kind === KINDS.key && id.length === THUMBPRINT_BYTES) return { kind: "key", thumbprint: id };
  return kind === KINDS.grant && id.length === GRANT_ID_BYTES ? { kind: "grant", grantId: id } : undefined;
}

function isListNumber(value: CborValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= LIST_NUMBER_MAX;
}
