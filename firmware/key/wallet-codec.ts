import { equalBytes, err, ok, type Result } from "../base/index.ts";
import { decode, encode, type CborValue } from "../cbor/index.ts";
import { publicKeyOf } from "../cose/index.ts";
import type { CryptoPort, SignatureAlgorithm } from "../ports/index.ts";
import { ACTIONS, FAST_NONCE_BYTES, isName, KEY_ID_BYTES, MESSAGE_BYTES_MAX, RESOLVING_KEY_BYTES, ROLES, TICKET_ID_BYTES } from "../wire/index.ts";
import { byteString, flag, hexString, integer, list, Misshapen, optional, record, text, word, type Shape } from "./shape.ts";
import {
  CAR_COUNT_MAX,
  CARRIED_LIST_COUNT_MAX,
  CWT_BYTES_MAX,
  ISSUED_GRANT_COUNT_MAX,
  type AuditHeadSeen,
  type CarKeys,
  type CarRecord,
  type CarriedList,
  type CountedUses,
  type HeldGrant,
  type IssuedGrant,
  type IssuerState,
  type OpenUse,
  type PendingPairing,
  type StoredKey,
  type StoredTicket,
  type Wallet,
} from "./wallet.ts";

/** Format of the bytes; a reader refuses any other. */
export const WALLET_VERSION = 1;
/** A full wallet: 16 cars, each with 5 lists of 4 KiB, 128 grants and its keys, is below 0.8 MB. */
export const WALLET_BYTES_MAX = 1024 * 1024;
const MARK = "latchkey wallet";
/** Bytes of SHA-256 that tell damage from data; no protection against a person, who could recompute it. */
const CHECK_BYTES = 8;

/** Why stored bytes are not a wallet. `where` names the place, never a value. */
export type WalletFault =
  | { readonly kind: "notAWallet" }
  | { readonly kind: "otherVersion"; readonly version: number }
  /** The bytes changed after they were written. */
  | { readonly kind: "damaged"; readonly where: string };

const printable = text(isName);
const coseKey = byteString(1, 128);
const signedList = byteString(1, MESSAGE_BYTES_MAX);
const ALGORITHMS: Readonly<Record<SignatureAlgorithm, number>> = { Ed25519: -19, ES256: -9 };

/** COSE_Keys of a car, also in bundles. */
export const CAR_KEYS: Shape<CarKeys> = record<CarKeys>({ ed25519: [1, coseKey], es256: [2, coseKey] });

const HEAD = record<AuditHeadSeen>({ sequence: [1, integer(0)], hash: [2, byteString(32)] });
const OPEN_USE = record<OpenUse>({ use: [1, integer(1)], action: [2, word(ACTIONS)] });
const USES = record<CountedUses>({ usesMax: [1, integer(1)], next: [2, integer(1)], open: [3, optional(OPEN_USE)] });
const HELD_GRANT = record<HeldGrant>({
  grantId: [1, hexString(8)],
  cwt: [2, byteString(1, CWT_BYTES_MAX)],
  notBeforeS: [3, optional(integer(0))],
  expiresAtS: [4, optional(integer(0))],
  uses: [5, optional(USES)],
});
const ISSUED_GRANT = record<IssuedGrant>({
  grantId: [1, hexString(8)],
  holder: [2, hexString(32)],
  name: [3, printable],
  role: [4, word({ guest: ROLES.guest, valet: ROLES.valet })],
  actions: [5, list(word(ACTIONS), Object.keys(ACTIONS).length)],
  expiresAtS: [6, optional(integer(0))],
  usesMax: [7, optional(integer(1))],
  revoked: [8, flag],
});
const ISSUER = record<IssuerState>({
  epoch: [1, integer(0)],
  listVersion: [2, integer(0)],
  list: [3, optional(signedList)],
  deliveredVersion: [4, integer(0)],
  grants: [5, list(ISSUED_GRANT, ISSUED_GRANT_COUNT_MAX)],
});
const CARRIED = record<CarriedList>({
  issuerId: [1, hexString(KEY_ID_BYTES)],
  version: [2, integer(0)],
  list: [3, signedList],
});
const TICKET = record<StoredTicket>({
  id: [1, byteString(TICKET_ID_BYTES)],
  carNonce: [2, byteString(FAST_NONCE_BYTES)],
  exporterSecret: [3, byteString(32)],
  useNumber: [4, integer(1)],
  staleAfterS: [5, optional(integer(0))],
});
const CAR = record<CarRecord>({
  label: [1, printable],
  vehicleId: [2, hexString(32)],
  carKeys: [3, CAR_KEYS],
  role: [4, word(ROLES)],
  grant: [5, optional(HELD_GRANT)],
  resolvingKey: [6, optional(byteString(RESOLVING_KEY_BYTES))],
  auditHead: [7, optional(HEAD)],
  issuer: [8, ISSUER],
  carried: [9, list(CARRIED, CARRIED_LIST_COUNT_MAX)],
  ticket: [10, optional(TICKET)],
  recoverySeed: [11, optional(byteString(32))],
});
const PAIRING = record<PendingPairing>({
  carKeysHash: [1, byteString(32)],
  label: [2, printable],
  recoverySeed: [3, byteString(32)],
  carKey: [4, optional(coseKey)],
});
const KEY = record<StoredKey>({
  algorithm: [1, word(ALGORITHMS)],
  stored: [2, byteString(1, 1024)],
  publicKey: [3, coseKey],
});
const WALLET = record<Wallet>({
  name: [1, printable],
  key: [2, KEY],
  cars: [3, list(CAR, CAR_COUNT_MAX)],
  pairing: [4, optional(PAIRING)],
});

/** Bytes of `wallet` for the key file: `[mark, version, bstr content, check]`, deterministic CBOR. They are secret. */
export function encodeWallet(crypto: CryptoPort, wallet: Wallet): Uint8Array {
  const content = encode(WALLET.write(wallet));
  return encode([MARK, WALLET_VERSION, content, checkOf(crypto, content)]);
}

/** The wallet that {@link encodeWallet} wrote. Any other bytes are refused with the place of the fault; never throws. */
export function decodeWallet(crypto: CryptoPort, bytes: Uint8Array): Result<Wallet, WalletFault> {
  if (bytes.length > WALLET_BYTES_MAX) return err({ kind: "notAWallet" });
  const outer = decode(bytes);
  if (!outer.ok || !Array.isArray(outer.value)) return err({ kind: "notAWallet" });
  const [mark, version, content, check] = outer.value as readonly CborValue[];
  if (mark !== MARK || typeof version !== "number") return err({ kind: "notAWallet" });
  if (version !== WALLET_VERSION) return err({ kind: "otherVersion", version });
  if (outer.value.length !== 4 || !(content instanceof Uint8Array) || !(check instanceof Uint8Array)) return damaged("frame");
  if (!equalBytes(check, checkOf(crypto, content))) return damaged("check");
  const inner = decode(content);
  if (!inner.ok) return damaged("content");
  return readContent(crypto, inner.value);
}

function readContent(crypto: CryptoPort, content: CborValue): Result<Wallet, WalletFault> {
  try {
    const wallet = WALLET.read(content, "wallet");
    const ids = new Set(wallet.cars.map((car) => car.vehicleId));
    if (ids.size !== wallet.cars.length) return damaged("wallet.cars");
    const { algorithm, stored, publicKey } = wallet.key;
    const opened = crypto.importSigningKey(algorithm, stored);
    const isWhole = opened !== undefined && equalBytes(publicKeyOf(algorithm, opened.publicKey).coseKey, publicKey);
    return isWhole ? ok(wallet) : damaged("wallet.key");
  } catch (fault) {
    if (fault instanceof Misshapen) return damaged(fault.path);
    throw fault;
  }
}

function damaged(where: string): Result<never, WalletFault> {
  return err({ kind: "damaged", where });
}

function checkOf(crypto: CryptoPort, content: Uint8Array): Uint8Array {
  return crypto.sha256(content).subarray(0, CHECK_BYTES);
}
