import { equalBytes, err, ok, toHex, type Result } from "../base/index.ts";
import { parsePublicKey, thumbprint, type PublicKey } from "../cose/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { resolvesIdentity } from "../session/index.ts";
import { carKeysHash, PAIRING_HASH_BYTES } from "../wire/index.ts";
import type { KeyFault } from "./faults.ts";
import type { CarKeys, CarRecord, Wallet } from "./wallet.ts";

/** Vehicle id of a car with these keys; `unacceptableKey` unless one is a good Ed25519 key and the other a good P-256 key. */
export function vehicleIdOf(crypto: CryptoPort, carKeys: CarKeys): Result<string, KeyFault> {
  const ed25519 = parsePublicKey(crypto, carKeys.ed25519);
  const es256 = parsePublicKey(crypto, carKeys.es256);
  if (!ed25519.ok || !es256.ok) return err("unacceptableKey");
  if (ed25519.value.algorithm !== "Ed25519" || es256.value.algorithm !== "ES256") return err("unacceptableKey");
  return ok(toHex(thumbprint(crypto, ed25519.value)));
}

/** Whether both keys are the ones that a pairing code announced by the halves of their thumbprints. */
export function carKeysMatch(crypto: CryptoPort, carKeys: CarKeys, announced: Uint8Array): boolean {
  return equalBytes(carKeysHash(crypto.sha256(carKeys.ed25519), crypto.sha256(carKeys.es256)), announced);
}

/** Whether `key` is the one that a pairing code announced for its algorithm. */
export function isAnnouncedKey(crypto: CryptoPort, key: PublicKey, announced: Uint8Array): boolean {
  const at = key.algorithm === "Ed25519" ? 0 : PAIRING_HASH_BYTES;
  return equalBytes(thumbprint(crypto, key).subarray(0, PAIRING_HASH_BYTES), announced.subarray(at, at + PAIRING_HASH_BYTES));
}

/** The car whose advertised 8-byte identity this is, as far as the resolving keys in the wallet are current. */
export function recogniseCar(crypto: CryptoPort, wallet: Wallet, identity: Uint8Array): CarRecord | undefined {
  return wallet.cars.find((car) => car.resolvingKey !== undefined && resolvesIdentity(crypto, car.resolvingKey, identity));
}
