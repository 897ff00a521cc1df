import { assert } from "../../firmware/base/index.ts";
import type { AgreementCurve, AgreementKey, SignatureAlgorithm, SigningKey } from "../../firmware/ports/index.ts";

/** The private half stays in a # field: no spread, log or JSON shows it. */
export class PortableAgreementKey implements AgreementKey {
  readonly curve: AgreementCurve;
  readonly publicKey: Uint8Array;
  readonly #secret: Uint8Array;
  constructor(curve: AgreementCurve, publicKey: Uint8Array, secret: Uint8Array) {
    this.curve = curve;
    this.publicKey = publicKey;
    this.#secret = secret;
  }
  static secretOf(key: AgreementKey): Uint8Array {
    assert(key instanceof PortableAgreementKey, "an agreement key goes back to the port that made it");
    return key.#secret;
  }
}

/** Ed25519: seed and public key (64 bytes, the form tweetnacl signs with); ES256: the 32-byte scalar. */
export class PortableSigningKey implements SigningKey {
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: Uint8Array;
  readonly #secret: Uint8Array;
  constructor(algorithm: SignatureAlgorithm, publicKey: Uint8Array, secret: Uint8Array) {
    this.algorithm = algorithm;
    this.publicKey = publicKey;
    this.#secret = secret;
  }
  static secretOf(key: SigningKey): Uint8Array {
    assert(key instanceof PortableSigningKey, "a signing key goes back to the port that made it");
    return key.#secret;
  }
}
