import { encode } from "../cbor/index.ts";
import { signSign1 } from "../cose/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { ownKey } from "./own-key.ts";
import type { Wallet } from "./wallet.ts";

/** Names the statement, so that no other signed thing can be taken for it. */
const LABEL = "latchkey-vehicle-registration";

export interface Registration {
  /** 32 bytes that the service gave out for this. */
  readonly challenge: Uint8Array;
  /** 32 bytes. */
  readonly vehicleId: Uint8Array;
  readonly account: string;
}

/**
 * What a service wants to see before it takes a vehicle into an account: a COSE_Sign1 by this phone's key over
 * [label, challenge, vehicle id, account, COSE_Key of the signer]. It gives the account no power over the car.
 */
export function signRegistration(crypto: CryptoPort, wallet: Wallet, { challenge, vehicleId, account }: Registration): Uint8Array {
  const own = ownKey(crypto, wallet);
  return signSign1(crypto, own.signingKey, { payload: encode([LABEL, challenge, vehicleId, account, own.publicKey.coseKey]), kid: own.keyId });
}
