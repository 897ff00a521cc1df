import { assert, err, ok, utf8Encode, type Result } from "../base/index.ts";
import { publicKeyOf, thumbprint, type PublicKey } from "../cose/index.ts";
import type { AgreementKey, CryptoPort, RandomPort, SignatureAlgorithm, SigningKey } from "../ports/index.ts";
import { TABLES, type RecordChange, type RecordStore } from "../records/index.ts";
import { DOMAIN, type Domain } from "../tesla/index.ts";

/** Bytes of the key that resolves the rotating identity. */
const RESOLVING_KEY_BYTES = 16;

const STORED_UNDER = { Ed25519: utf8Encode("ed25519"), ES256: utf8Encode("es256") } as const;
const RESOLVING_KEY = utf8Encode("resolving-key");
const TESLA_KEYS = { [DOMAIN.vehicleSecurity]: utf8Encode("tesla-vcsec"), [DOMAIN.infotainment]: utf8Encode("tesla-infotainment") } as const;
const SCALAR_BYTES = 32;

/** Who the car is: one signing key per suite on the air, and the key under which its advertisements can be recognised. */
export interface CarIdentity {
  readonly signingKeys: Readonly<Record<SignatureAlgorithm, SigningKey>>;
  readonly publicKeys: Readonly<Record<SignatureAlgorithm, PublicKey>>;
  /** COSE Key thumbprint (RFC 9679) of the Ed25519 key: 32 bytes. What grants name as their audience. */
  readonly vehicleId: Uint8Array;
}

/** The stored identity cannot be used; the way out is in the text. */
export interface IdentityFault {
  readonly kind: "identity";
  readonly detail: string;
}

/** Reads the identity, or makes one on the first start and commits it. */
export function loadIdentity(store: RecordStore, crypto: CryptoPort, random: RandomPort): Result<CarIdentity, IdentityFault> {
  const changes: RecordChange[] = [];
  const keys: Partial<Record<SignatureAlgorithm, SigningKey>> = {};
  for (const algorithm of ["Ed25519", "ES256"] as const) {
    const stored = store.get(TABLES.identity, STORED_UNDER[algorithm]);
    const key = stored === undefined ? crypto.generateSigningKey(algorithm) : crypto.importSigningKey(algorithm, stored);
    if (key === undefined) {
      return err({ kind: "identity", detail: `the car's stored ${algorithm} key does not open; restore the flash from a backup, or start with a new flash and pair again` });
    }
    if (stored === undefined) changes.push({ table: TABLES.identity, key: STORED_UNDER[algorithm], value: crypto.exportSigningKey(key) });
    keys[algorithm] = key;
  }
  if (store.get(TABLES.identity, RESOLVING_KEY) === undefined) changes.push(planResolvingKey(random));
  if (changes.length > 0) {
    const committed = store.commit(changes);
    if (!committed.ok) return err({ kind: "identity", detail: `the car's new keys could not be stored: ${committed.error.detail}` });
  }
  const signingKeys = { Ed25519: keys.Ed25519!, ES256: keys.ES256! };
  const publicKeys = {
    Ed25519: publicKeyOf("Ed25519", signingKeys.Ed25519.publicKey),
    ES256: publicKeyOf("ES256", signingKeys.ES256.publicKey),
  };
  return ok({ signingKeys, publicKeys, vehicleId: thumbprint(crypto, publicKeys.Ed25519) });
}

/** A new key for the rotating identity: whoever held the old one no longer recognises the car's advertisements. */
export function planResolvingKey(random: RandomPort): RecordChange {
  return { table: TABLES.identity, key: RESOLVING_KEY, value: random.bytes(RESOLVING_KEY_BYTES) };
}

/** The resolving key in force. */
export function resolvingKeyOf(store: RecordStore): Uint8Array {
  const key = store.get(TABLES.identity, RESOLVING_KEY);
  assert(key !== undefined, "a booted car has a resolving key");
  return key;
}

/** The keys of both domains of the Tesla dialect, for the life of the car: clients pin them. Made on the first start with it. */
export function loadTeslaKeys(store: RecordStore, crypto: CryptoPort, random: RandomPort): Result<Readonly<Record<Domain, AgreementKey>>, IdentityFault> {
  const changes: RecordChange[] = [];
  const load = (domain: Domain): AgreementKey | undefined => {
    const stored = store.get(TABLES.identity, TESLA_KEYS[domain]);
    if (stored !== undefined) return crypto.importAgreementKey("P-256", stored);
    const { key, scalar } = drawAgreementKey(crypto, random);
    changes.push({ table: TABLES.identity, key: TESLA_KEYS[domain], value: scalar });
    return key;
  };
  const doors = load(DOMAIN.vehicleSecurity);
  const infotainment = load(DOMAIN.infotainment);
  if (doors === undefined || infotainment === undefined) return err({ kind: "identity", detail: "the car's stored keys of the Tesla dialect do not open" });
  const committed = changes.length === 0 ? ok(undefined) : store.commit(changes);
  if (!committed.ok) return err({ kind: "identity", detail: `the car's keys of the Tesla dialect could not be stored: ${committed.error.detail}` });
  return ok({ [DOMAIN.vehicleSecurity]: doors, [DOMAIN.infotainment]: infotainment });
}

/** A new P-256 key in a form that can be stored. */
export function drawAgreementKey(crypto: CryptoPort, random: RandomPort): { readonly key: AgreementKey; readonly scalar: Uint8Array } {
  for (;;) {
    const scalar = random.bytes(SCALAR_BYTES);
    // About one draw in 2^32 is no scalar of the curve.
    const key = crypto.importAgreementKey("P-256", scalar);
    if (key !== undefined) return { key, scalar };
  }
}
