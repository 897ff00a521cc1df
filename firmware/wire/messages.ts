import type { CborMap } from "../cbor/index.ts";
import type { Role } from "./words.ts";

/** What a key may ask of the car inside a protected session. `use` numbers the uses of a counted grant, from 1. */
export type Command =
  | { readonly kind: "unlock"; readonly use?: number }
  | { readonly kind: "lock"; readonly forced: boolean; readonly use?: number }
  | { readonly kind: "trunk"; readonly use?: number }
  | { readonly kind: "drive"; readonly use?: number }
  | { readonly kind: "status" }
  /** First owner, or new owner of a transfer: the one command of a session whose key is unknown. COSE_Keys as their encoded bytes. */
  | { readonly kind: "pair"; readonly name: string; readonly proof: Uint8Array; readonly recoveryKey: Uint8Array }
  | { readonly kind: "enrol"; readonly role: Role; readonly name: string; readonly publicKey: Uint8Array }
  | { readonly kind: "revoke"; readonly keyId: Uint8Array }
  | { readonly kind: "listKeys"; readonly after?: Uint8Array }
  | { readonly kind: "readLog"; readonly fromSequence: number; readonly countMax: number }
  /** A signed revocation list (COSE_Sign1) of any issuer; any key may carry it. */
  | { readonly kind: "deliverList"; readonly list: Uint8Array }
  /** Revokes every grant this owner has issued so far, in one record. */
  | { readonly kind: "newIssuerEpoch" }
  | { readonly kind: "valetMode"; readonly on: boolean }
  | { readonly kind: "changeSettings"; readonly settings: CborMap }
  | { readonly kind: "cancelPending"; readonly pendingId: number }
  | { readonly kind: "transfer" }
  | { readonly kind: "reset" }
  | { readonly kind: "setTime"; readonly unixS: number; readonly newTimeEpoch: boolean }
  /** PIN to drive: digits, or empty for none. */
  | { readonly kind: "setPin"; readonly pin: string }
  | { readonly kind: "enterPin"; readonly pin: string }
  /** The next card that is tapped within half a minute becomes one of this car's. */
  | { readonly kind: "enrolCard"; readonly name: string }
  /** A manifest signed by a release key (COSE_Sign1); the bundle itself does not come by radio. */
  | { readonly kind: "offerUpdate"; readonly manifest: Uint8Array }
  /** An owner agrees to install the offered release; `id`: SHA-256 of the signed manifest. */
  | { readonly kind: "consentUpdate"; readonly id: Uint8Array }
  /** Where the car is. */
  | { readonly kind: "locate" }
  /** The phone's own motion sensor, for passive entry: believed only where it says that the phone lies still. */
  | { readonly kind: "reportMotion"; readonly still: boolean };

/** Single-use right to one fast reconnect: 8-byte id, the car's 16-byte nonce for it. */
export interface Ticket {
  readonly id: Uint8Array;
  readonly carNonce: Uint8Array;
}

/** Something every owner is told on contact: a removal or reset that waits for its delay. */
export interface Notice {
  readonly pendingId: number;
  readonly what: "removeOwner" | "reset";
  readonly target: Uint8Array | undefined;
  readonly dueInS: number;
}

/** What the car says inside a protected session. */
export type CarMessage =
  | {
      readonly kind: "reply";
      /** 0, or the code of a reason (see REASONS). */
      readonly code: number;
      readonly body: CborMap;
      readonly ticket?: Ticket | undefined;
      /** 16 bytes; with it this key recognises the car's advertisement until the next change. */
      readonly resolvingKey?: Uint8Array | undefined;
      readonly notices?: readonly Notice[] | undefined;
    }
  /** Pushed when a latch has finished what a command of this session began. */
  | { readonly kind: "latches"; readonly latches: ReadonlyMap<string, "locked" | "unlocked" | "jammed" | "unconfirmed"> };

/** Keys of reply bodies. Status replies are maps from VSS path to value instead. */
export const BODY = {
  keyId: 1,
  mirrorProof: 2,
  pendingId: 3,
  dueInS: 4,
  keys: 5,
  more: 6,
  lines: 7,
  head: 8,
  anchor: 9,
  secret: 10,
  version: 11,
  carKeys: 12,
  /** Of an act: how many latches it set in motion; a push tells when all have come to rest. */
  moving: 13,
  /** Epoch in which grants of the key just enrolled count. */
  issuerEpoch: 14,
  /** Of a refused use: the first number that is still good. */
  nextUse: 15,
  /** The setting that is unknown or out of its range. */
  setting: 16,
  /** Where the car is: latitude and longitude in units of 1e-7 degrees (WGS 84). */
  latitudeE7: 17,
  longitudeE7: 18,
  /** Seconds since the position was measured, and its error in metres where the receiver tells. */
  ageS: 19,
  accuracyM: 20,
  /** Of an offered or consented update: SHA-256 of its signed manifest. */
  updateId: 30,
  /** What its maker calls it. */
  updateVersion: 31,
} as const;
