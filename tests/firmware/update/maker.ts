import { publicKeyOf, type PublicKey } from "../../../firmware/cose/index.ts";
import type { CryptoPort, SigningKey } from "../../../firmware/ports/index.ts";
import { parseManifest, signManifest, type UpdateManifest } from "../../../firmware/update/index.ts";
import { seededRandom } from "../../support/random.ts";
import { quickCrypto } from "../../support/wired-car.ts";

export const MODEL = "bench car";

/** Somebody who makes releases, with a key of its own made for the test. */
export class Maker {
  readonly crypto: CryptoPort;
  readonly key: SigningKey;
  readonly publicKey: PublicKey;

  constructor(name = "maker", algorithm: "Ed25519" | "ES256" = "Ed25519") {
    this.crypto = quickCrypto(`release key of ${name}`);
    this.key = this.crypto.generateSigningKey(algorithm);
    this.publicKey = publicKeyOf(algorithm, this.key.publicKey);
  }

  /** A release whose bundle is `bundle`. */
  release(bundle: Uint8Array, changes: Partial<UpdateManifest> = {}): Release {
    const { crypto } = this;
    const manifest = { sequenceNumber: 1, model: MODEL, version: "1.0.0", sizeBytes: bundle.length, digest: crypto.sha256(bundle), nextReleaseKey: undefined, ...changes };
    const envelope = signManifest(crypto, this.key, manifest);
    const parsed = parseManifest(crypto, envelope);
    if (!parsed.ok) throw new RangeError(parsed.error);
    return { bundle, envelope, manifest, id: parsed.value.id };
  }
}

export interface Release {
  readonly bundle: Uint8Array;
  readonly envelope: Uint8Array;
  readonly manifest: UpdateManifest;
  readonly id: Uint8Array;
}

export function bundleOf(seed: string, lengthBytes = 3000): Uint8Array {
  return seededRandom(seed).bytes(lengthBytes);
}
