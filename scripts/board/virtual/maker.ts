import { existsSync, readFileSync } from "node:fs";
import { publicKeyOf, type PublicKey } from "../../../firmware/cose/index.ts";
import type { CryptoPort, SigningKey } from "../../../firmware/ports/index.ts";
import { parseManifest, signManifest, type UpdateManifest } from "../../../firmware/update/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { replaceFile } from "../../../hal/durable-file/index.ts";
import { createSystemRandom } from "../../../hal/random/index.ts";
import { CommandFailure } from "../../cli/command.ts";

/** A release, ready to be offered. */
export interface MadeUpdate {
  readonly envelope: Uint8Array;
  readonly bundle: Uint8Array;
  /** SHA-256 of the signed manifest. */
  readonly id: Uint8Array;
}

/** Who makes updates for one virtual car: its key is made when the car is, and no other car trusts it. */
export class VirtualMaker {
  readonly #crypto: CryptoPort;
  readonly #key: SigningKey;
  readonly publicKey: PublicKey;

  /** With `path`, the key lies beside the flash of the car (0600), so that it is the same after a restart. */
  constructor(path?: string) {
    this.#crypto = createNodeCrypto({ random: createSystemRandom() });
    this.#key = path !== undefined && existsSync(path) ? keptKey(this.#crypto, path) : this.#crypto.generateSigningKey("Ed25519");
    if (path !== undefined && !existsSync(path)) replaceFile(path, [this.#crypto.exportSigningKey(this.#key)]);
    this.publicKey = publicKeyOf("Ed25519", this.#key.publicKey);
  }

  make(bundle: Uint8Array, named: Pick<UpdateManifest, "model" | "version" | "sequenceNumber">): MadeUpdate {
    const manifest = { ...named, sizeBytes: bundle.length, digest: this.#crypto.sha256(bundle), nextReleaseKey: undefined };
    const envelope = signManifest(this.#crypto, this.#key, manifest);
    const parsed = parseManifest(this.#crypto, envelope);
    if (!parsed.ok) throw new CommandFailure("the virtual maker signed what is no manifest");
    return { envelope, bundle, id: parsed.value.id };
  }
}

function keptKey(crypto: CryptoPort, path: string): SigningKey {
  const key = crypto.importSigningKey("Ed25519", new Uint8Array(readFileSync(path)));
  if (key === undefined) throw new CommandFailure(`${path} is damaged`, "It holds the key of the virtual car's maker; remove it, and updates come from a new maker at the next claim.");
  return key;
}
