import type { ECDH, KeyObject } from "node:crypto";
import { assert } from "../../firmware/base/index.ts";
import type { AgreementCurve, AgreementKey, SignatureAlgorithm, SigningKey } from "../../firmware/ports/index.ts";

/** X25519: a key object; P-256: node's ECDH object, the one interface that takes compressed points. */
export type AgreementSecret = { readonly curve: "X25519"; readonly key: KeyObject } | { readonly curve: "P-256"; readonly ecdh: ECDH };

/** The private half stays in a # field: no spread, log or JSON shows it. */
export class NodeAgreementKey implements AgreementKey {
  readonly curve: AgreementCurve;
  readonly publicKey: Uint8Array;
  readonly #secret: AgreementSecret;
  constructor(publicKey: Uint8Array, secret: AgreementSecret) {
    this.curve = secret.curve;
    this.publicKey = publicKey;
    this.#secret = secret;
  }
  static secretOf(key: AgreementKey): AgreementSecret {
    assert(key instanceof NodeAgreementKey, "an agreement key goes back to the port that made it");
    return key.#secret;
  }
}

export class NodeSigningKey implements SigningKey {
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: Uint8Array;
  readonly #key: KeyObject;
  constructor(algorithm: SignatureAlgorithm, publicKey: Uint8Array, key: KeyObject) {
    this.algorithm = algorithm;
    this.publicKey = publicKey;
    this.#key = key;
  }
  static keyObjectOf(key: SigningKey): KeyObject {
    assert(key instanceof NodeSigningKey, "a signing key goes back to the port that made it");
    return key.#key;
  }
}
