import { equalBytes, err, ok, type Result } from "../base/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { BODY, formatPairingUri, isName, PAIRING_HASH_BYTES, PAIRING_SECRET_BYTES, parsePairingUri } from "../wire/index.ts";
import type { KeyFault } from "./faults.ts";
import type { Reply } from "./key-effects.ts";
import { recoveryKeyOf, RECOVERY_SEED_BYTES } from "./owners-kit.ts";
import { CAR_COUNT_MAX, type PendingPairing, type Wallet } from "./wallet.ts";

/** A pairing about to be run over a link. */
export interface PairingTask {
  readonly pending: PendingPairing;
  /** The one-time secret of the code; undefined where only a lost answer is to be fetched. */
  readonly secret: Uint8Array | undefined;
}

/**
 * Reads the code on the car's console and makes the recovery key. Nothing is stored yet: the link saves the pairing before it
 * sends the proof. Trying the same code again keeps the recovery key, since the first try may have reached the car.
 */
export function beginPairing(
  ports: { readonly crypto: CryptoPort; readonly random: RandomPort },
  wallet: Wallet,
  options: { readonly uri: string; readonly label: string },
): Result<PairingTask, KeyFault> {
  const invitation = parsePairingUri(options.uri.trim());
  if (!invitation.ok) return err("malformedText");
  if (!isName(options.label)) return err("unacceptableName");
  if (wallet.cars.length >= CAR_COUNT_MAX) return err("walletFull");
  const { carKeysHash, secret } = invitation.value;
  const begun = wallet.pairing;
  const again = begun !== undefined && equalBytes(begun.carKeysHash, carKeysHash);
  const recoverySeed = again ? begun.recoverySeed : ports.random.bytes(RECOVERY_SEED_BYTES);
  if (recoveryKeyOf(ports.crypto, recoverySeed) === undefined) return err("unsupportedKey");
  const carKey = again ? begun.carKey : undefined;
  return ok({ pending: { carKeysHash, label: options.label, recoverySeed, carKey }, secret });
}

/** The pairing whose answer this phone missed, to be finished at the car without a code; undefined where none is open. */
export function resumePairing(wallet: Wallet): PairingTask | undefined {
  return wallet.pairing?.carKey === undefined ? undefined : { pending: wallet.pairing, secret: undefined };
}

/** `wallet` without a pairing that was given up, for example because the car says that it never happened. */
export function forgetPairing(wallet: Wallet): Wallet {
  return { ...wallet, pairing: undefined };
}

/** The code for the new owner, from the reply to `transfer`. It carries the one-time secret: for that person's eyes only. */
export function transferCode(reply: Reply): Result<string, KeyFault> {
  const announced = reply.body.get(BODY.secret);
  if (!(announced instanceof Uint8Array) || announced.length !== 2 * PAIRING_HASH_BYTES + PAIRING_SECRET_BYTES) return err("malformedText");
  const at = 2 * PAIRING_HASH_BYTES;
  return ok(formatPairingUri({ carKeysHash: announced.slice(0, at), secret: announced.slice(at) }));
}
