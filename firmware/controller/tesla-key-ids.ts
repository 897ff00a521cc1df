import { equalBytes, toHex } from "../base/index.ts";
import { keyIdOf, publicKeyOf } from "../cose/index.ts";
import type { CryptoPort } from "../ports/index.ts";

/** Public keys that are remembered: more than there are clients at once. */
const RECENT_MAX = 8;

/** What a public key x || y of the Tesla dialect is to the car: the key id, lower-case hex, and the COSE_Key that it would be enrolled with. */
export interface TeslaKeyId {
  readonly keyId: string;
  readonly coseKey: Uint8Array;
}

interface Recent extends TeslaKeyId {
  readonly publicKey: Uint8Array;
}

/** Ids of public keys; those that came last are remembered, since a client sends its key with every message and an id is a hash. */
export class TeslaKeyIds {
  private readonly crypto: CryptoPort;
  /** The last one first. */
  private readonly recent: Recent[] = [];

  constructor(crypto: CryptoPort) {
    this.crypto = crypto;
  }

  of(publicKey: Uint8Array): TeslaKeyId {
    const { recent } = this;
    const at = recent.findIndex((known) => equalBytes(known.publicKey, publicKey));
    if (at === 0) return recent[0]!;
    const found = at > 0 ? recent.splice(at, 1)[0]! : this.hashed(publicKey);
    if (recent.unshift(found) > RECENT_MAX) recent.pop();
    return found;
  }

  private hashed(publicKey: Uint8Array): Recent {
    const key = publicKeyOf("ES256", publicKey);
    // A copy: what was handed over may be a view of a whole message.
    return { publicKey: publicKey.slice(), keyId: toHex(keyIdOf(this.crypto, key)), coseKey: key.coseKey };
  }
}
