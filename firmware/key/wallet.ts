import type { SignatureAlgorithm } from "../ports/index.ts";
import type { Action, Role } from "../wire/index.ts";

/**
 * Everything a phone remembers, as plain data: a change makes a new value. Ids are lower-case hex. The stored key, tickets,
 * resolving keys and recovery seeds in it are secret: a wallet is never logged or printed.
 */
export interface Wallet {
  /** How this phone introduces itself when it is enrolled. */
  readonly name: string;
  readonly key: StoredKey;
  readonly cars: readonly CarRecord[];
  /** A pairing whose outcome this phone may have missed; kept so that a lost reply loses neither the car nor the owner's kit. */
  readonly pairing: PendingPairing | undefined;
}

/** Where the wallet of this phone is kept in memory; several links may share one. */
export interface WalletHolder {
  wallet: Wallet;
}

/** This phone's own signing key. */
export interface StoredKey {
  readonly algorithm: SignatureAlgorithm;
  /** The crypto port's storable form. Secret. */
  readonly stored: Uint8Array;
  /** The COSE_Key of the public half, as encoded. */
  readonly publicKey: Uint8Array;
}

/** COSE_Keys as their encoded bytes. The thumbprint of the first is the vehicle id. */
export interface CarKeys {
  readonly ed25519: Uint8Array;
  readonly es256: Uint8Array;
}

/** One car this phone has a key or a grant for. */
export interface CarRecord {
  /** The owner's own name for the car; never sent to it. */
  readonly label: string;
  /** Thumbprint of the car's Ed25519 key, 64 hex digits. */
  readonly vehicleId: string;
  readonly carKeys: CarKeys;
  readonly role: Role;
  /** The grant this phone shows, or undefined where its own key is enrolled. */
  readonly grant: HeldGrant | undefined;
  /** 16 bytes that recognise the car's advertisement, as of the last protected session. Secret. */
  readonly resolvingKey: Uint8Array | undefined;
  /** How far this phone has seen the car's audit chain; an older head later means a restored flash image. */
  readonly auditHead: AuditHeadSeen | undefined;
  readonly issuer: IssuerState;
  /** Revocation lists of other issuers, waiting to be delivered. */
  readonly carried: readonly CarriedList[];
  readonly ticket: StoredTicket | undefined;
  /** Seed of the recovery key until the owner's kit was handed over. Secret. */
  readonly recoverySeed: Uint8Array | undefined;
}

export interface AuditHeadSeen {
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** A grant this phone holds. */
export interface HeldGrant {
  /** 16 hex digits. */
  readonly grantId: string;
  /** The CWT as it was signed. */
  readonly cwt: Uint8Array;
  readonly notBeforeS: number | undefined;
  readonly expiresAtS: number | undefined;
  /** Numbering of uses; only counted grants have one. */
  readonly uses: CountedUses | undefined;
}

/** Numbering of the uses of a counted grant, from 1. */
export interface CountedUses {
  readonly usesMax: number;
  /** First number that was never sent. */
  readonly next: number;
  /** A number that was sent and whose latch has not reported yet: the same action repeats it. */
  readonly open: OpenUse | undefined;
}

export interface OpenUse {
  readonly use: number;
  readonly action: Action;
}

/** What this phone has issued for one car. */
export interface IssuerState {
  readonly epoch: number;
  /** Version of the newest revocation list signed, 0 before the first. */
  readonly listVersion: number;
  /** That list, a COSE_Sign1. */
  readonly list: Uint8Array | undefined;
  /** Newest version the car has confirmed. */
  readonly deliveredVersion: number;
  readonly grants: readonly IssuedGrant[];
}

export interface IssuedGrant {
  readonly grantId: string;
  /** Thumbprint of the holder's key, 64 hex digits. */
  readonly holder: string;
  readonly name: string;
  readonly role: "guest" | "valet";
  readonly actions: readonly Action[];
  readonly expiresAtS: number | undefined;
  readonly usesMax: number | undefined;
  readonly revoked: boolean;
}

/** A revocation list of another issuer: this phone can only carry it, the car judges it. */
export interface CarriedList {
  /** Key id of the issuer, 16 hex digits. */
  readonly issuerId: string;
  readonly version: number;
  readonly list: Uint8Array;
}

/** A right to one fast reconnect. It leaves the wallet, durably, before it is used. */
export interface StoredTicket {
  readonly id: Uint8Array;
  readonly carNonce: Uint8Array;
  /** What the session's exporter is restored from. Secret. */
  readonly exporterSecret: Uint8Array;
  /** Number of the fast reconnect it serves, from 1. */
  readonly useNumber: number;
  /** Wall time after which trying it is a waste of a round trip; a hint, the car decides. */
  readonly staleAfterS: number | undefined;
}

/** A pairing that was begun. The one-time secret is not kept. */
export interface PendingPairing {
  /** The 32 bytes that the URI gave: halves of the thumbprints of the car's two keys. */
  readonly carKeysHash: Uint8Array;
  readonly label: string;
  /** Seed of the recovery key this pairing announces. Secret. */
  readonly recoverySeed: Uint8Array;
  /** The COSE_Key under which the car proved itself, once it has; by it the car is known again after a lost reply. */
  readonly carKey: Uint8Array | undefined;
}

/** Cars in one wallet: where no resolving key is current, a handshake tries all of them, and EDHOC here tries this many. */
export const CAR_COUNT_MAX = 16;
/** Grants remembered per car, revoked ones included. All of them fit into one revocation list of one message. */
export const ISSUED_GRANT_COUNT_MAX = 128;
/** Foreign revocation lists carried per car; an old one gives way. */
export const CARRIED_LIST_COUNT_MAX = 4;
/** A CWT of this profile is about 200 bytes; a P-256 holder and a long name add some. */
export const CWT_BYTES_MAX = 512;

/** State of an issuer that has issued nothing. */
export const NEW_ISSUER: IssuerState = { epoch: 0, listVersion: 0, list: undefined, deliveredVersion: 0, grants: [] };

/** The record of `vehicleId`, if this wallet has one. */
export function findCar(wallet: Wallet, vehicleId: string): CarRecord | undefined {
  return wallet.cars.find((car) => car.vehicleId === vehicleId);
}

/** `wallet` with `change` made to the record of `vehicleId`; unchanged where there is none. */
export function withCar(wallet: Wallet, vehicleId: string, change: (car: CarRecord) => CarRecord): Wallet {
  return { ...wallet, cars: wallet.cars.map((car) => (car.vehicleId === vehicleId ? change(car) : car)) };
}
