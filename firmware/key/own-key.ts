import { assert, err, ok, toHex, type Result } from "../base/index.ts";
import { keyIdOf, publicKeyOf, type PublicKey } from "../cose/index.ts";
import type { CryptoPort, SignatureAlgorithm, SigningKey } from "../ports/index.ts";
import { isName } from "../wire/index.ts";
import type { KeyFault } from "./faults.ts";
import type { Wallet } from "./wallet.ts";

/** This phone's key, opened. */
export interface OwnKey {
  readonly signingKey: SigningKey;
  readonly publicKey: PublicKey;
  /** 8 bytes; its kid. */
  readonly keyId: Uint8Array;
}

/** A wallet with a new key and no cars. `unacceptableName` where `name` cannot be shown. */
export function createWallet(
  crypto: CryptoPort,
  options: { readonly algorithm: SignatureAlgorithm; readonly name: string },
): Result<Wallet, KeyFault> {
  if (!isName(options.name)) return err("unacceptableName");
  return ok(walletAround(crypto, crypto.generateSigningKey(options.algorithm), options.name));
}

/** A wallet with no cars around a key that is there already. */
export function walletAround(crypto: CryptoPort, key: SigningKey, name: string): Wallet {
  const publicKey = publicKeyOf(key.algorithm, key.publicKey);
  const stored = crypto.exportSigningKey(key);
  return { name, key: { algorithm: key.algorithm, stored, publicKey: publicKey.coseKey }, cars: [], pairing: undefined };
}

/** Opens the wallet's own key. The wallet came from {@link createWallet} or was checked when it was decoded. */
export function ownKey(crypto: CryptoPort, wallet: Wallet): OwnKey {
  const signingKey = crypto.importSigningKey(wallet.key.algorithm, wallet.key.stored);
  assert(signingKey !== undefined, "a wallet's key opens");
  const publicKey = publicKeyOf(signingKey.algorithm, signingKey.publicKey);
  return { signingKey, publicKey, keyId: keyIdOf(crypto, publicKey) };
}

/** Key id of this phone, 16 hex digits. */
export function ownKeyId(crypto: CryptoPort, wallet: Wallet): string {
  return toHex(ownKey(crypto, wallet).keyId);
}
