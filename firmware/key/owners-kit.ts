import { assert, concat, err, fromBase64Url, ok, toBase64Url, type Result } from "../base/index.ts";
import { parsePublicKey, publicKeyOf } from "../cose/index.ts";
import type { CryptoPort, SigningKey } from "../ports/index.ts";
import { vehicleIdOf } from "./car-identity.ts";
import type { KeyFault } from "./faults.ts";
import { walletAround } from "./own-key.ts";
import { TEXT_LENGTH_MAX } from "./texts.ts";
import { newCar } from "./sharing.ts";
import { findCar, withCar, type CarKeys, type Wallet } from "./wallet.ts";

/** Seed of an Ed25519 key (RFC 8032 section 5.1.5). */
export const RECOVERY_SEED_BYTES = 32;
const ED25519_BYTES = 32;
const P256_BYTES = 64;
/** First bytes of SHA-256 over the rest: a wrong letter in a printed kit is told at once instead of by a car that refuses. */
const CHECK_BYTES = 4;

const KIT = /^latchkey-recovery:1\?k=([A-Za-z0-9_-]{43})&v=([A-Za-z0-9_-]{128})&x=([A-Za-z0-9_-]{6})$/;

/** The key behind a recovery seed, or undefined where this crypto port holds no key from outside. Always Ed25519. */
export function recoveryKeyOf(crypto: CryptoPort, seed: Uint8Array): SigningKey | undefined {
  return crypto.importSigningKey("Ed25519", seed);
}

/** The COSE_Key that a pairing announces for the recovery key of `seed`. */
export function recoveryPublicKey(crypto: CryptoPort, seed: Uint8Array): Uint8Array | undefined {
  const key = recoveryKeyOf(crypto, seed);
  return key && publicKeyOf(key.algorithm, key.publicKey).coseKey;
}

/**
 * The owner's kit of a newly paired car, to print: `latchkey-recovery:1?k=SEED&v=CAR KEYS&x=CHECK`, the car's raw Ed25519 and
 * P-256 public keys one after the other. Secret. Undefined once {@link forgetOwnersKit} was called, or for a car paired elsewhere.
 */
export function ownersKit(crypto: CryptoPort, wallet: Wallet, vehicleId: string): string | undefined {
  const car = findCar(wallet, vehicleId);
  return car?.recoverySeed && formatKit(crypto, car.recoverySeed, car.carKeys);
}

/** `wallet` without the recovery seed of a car: to be called when the kit is on paper. */
export function forgetOwnersKit(wallet: Wallet, vehicleId: string): Wallet {
  return withCar(wallet, vehicleId, (car) => ({ ...car, recoverySeed: undefined }));
}

/** A wallet around the recovery key of a printed kit, with the one car it recovers. It manages keys and opens nothing. */
export function restoreFromKit(crypto: CryptoPort, text: string, label: string): Result<Wallet, KeyFault> {
  const match = text.length > TEXT_LENGTH_MAX ? null : KIT.exec(text.trim());
  const seed = fromBase64Url(match?.[1] ?? "");
  const raw = fromBase64Url(match?.[2] ?? "");
  if (match === null || seed === undefined || raw === undefined || checkOf(crypto, seed, raw) !== match[3]) return err("malformedText");
  const carKeys: CarKeys = {
    ed25519: publicKeyOf("Ed25519", raw.subarray(0, ED25519_BYTES)).coseKey,
    es256: publicKeyOf("ES256", raw.subarray(ED25519_BYTES)).coseKey,
  };
  const vehicleId = vehicleIdOf(crypto, carKeys);
  if (!vehicleId.ok) return vehicleId;
  const key = recoveryKeyOf(crypto, seed);
  if (key === undefined) return err("unsupportedKey");
  const car = { ...newCar(label, vehicleId.value, carKeys), role: "recovery" } as const;
  return ok({ ...walletAround(crypto, key, "recovery"), cars: [car] });
}

function formatKit(crypto: CryptoPort, seed: Uint8Array, carKeys: CarKeys): string {
  const raw = concat(rawKey(crypto, carKeys.ed25519), rawKey(crypto, carKeys.es256));
  assert(raw.length === ED25519_BYTES + P256_BYTES, "a stored car has an Ed25519 key and a P-256 key");
  return `latchkey-recovery:1?k=${toBase64Url(seed)}&v=${toBase64Url(raw)}&x=${checkOf(crypto, seed, raw)}`;
}

function rawKey(crypto: CryptoPort, coseKey: Uint8Array): Uint8Array {
  const key = parsePublicKey(crypto, coseKey);
  assert(key.ok, "a stored car key was checked when it was stored");
  return key.value.raw;
}

function checkOf(crypto: CryptoPort, seed: Uint8Array, raw: Uint8Array): string {
  return toBase64Url(crypto.sha256(concat(seed, raw)).subarray(0, CHECK_BYTES));
}
