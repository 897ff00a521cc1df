import { ok, toHex, type Result } from "../../../firmware/base/index.ts";
import { credentialOf, keyIdOf, publicKeyOf, type PublicKey } from "../../../firmware/cose/index.ts";
import {
  idCredOfKid,
  Initiator,
  Responder,
  type IdCred,
  type InitiatorOptions,
  type OwnCredential,
  type PeerCredential,
  type ResponderOptions,
} from "../../../firmware/edhoc/index.ts";
import type { CryptoPort, SignatureAlgorithm, SigningKey } from "../../../firmware/ports/index.ts";

/** A device with a signing key, as itself and as others know it. */
export interface Device {
  readonly key: SigningKey;
  readonly publicKey: PublicKey;
  readonly own: OwnCredential;
  readonly peer: PeerCredential<string>;
}

export function device(crypto: CryptoPort, name: string, algorithm: SignatureAlgorithm): Device {
  const key = crypto.generateSigningKey(algorithm);
  const publicKey = publicKeyOf(algorithm, key.publicKey);
  const credential = credentialOf(publicKey.coseKey);
  const own = { idCred: idCredOfKid(keyIdOf(crypto, publicKey)), credential, key };
  return { key, publicKey, own, peer: { credential, publicKey: publicKey.raw, tag: name } };
}

/** A look-up that knows these devices by their identifiers, and answers nobody for all others. */
export function knowing(...devices: readonly Device[]) {
  return (idCred: IdCred): Result<readonly PeerCredential<string>[], string> =>
    ok(devices.filter((known) => toHex(known.own.idCred.encoded) === toHex(idCred.encoded)).map((known) => known.peer));
}

/** The two suites on the air with the algorithm of their keys. */
export const ON_AIR = [
  { suite: 4, offer: [4], algorithm: "Ed25519" },
  { suite: 5, offer: [5], algorithm: "ES256" },
] as const satisfies readonly { suite: number; offer: readonly number[]; algorithm: SignatureAlgorithm }[];

export const C_I = Uint8Array.of(0);
export const C_R = Uint8Array.of(1);

type Changes<Options> = { [Option in keyof Options]?: Options[Option] | undefined };

/** A phone that offers `suite` and knows `car`, unless `changes` says otherwise. */
export function phoneFor(
  crypto: CryptoPort,
  suite: number,
  phone: Device,
  car: Device,
  changes: Changes<InitiatorOptions<string, string>> = {},
): Initiator<string, string> {
  const options = { crypto, method: 0, suites: [suite], connectionId: C_I, own: phone.own, peers: knowing(car), ...changes };
  return new Initiator(options as InitiatorOptions<string, string>);
}

/** A car that takes both suites and knows `phone`, unless `changes` says otherwise. */
export function carFor(
  crypto: CryptoPort,
  car: Device,
  phone: Device,
  changes: Changes<ResponderOptions<string, string>> = {},
): Responder<string, string> {
  const options = { crypto, methods: [0], suites: [4, 5], connectionId: C_R, own: () => car.own, peers: knowing(phone), ...changes };
  return new Responder(options as ResponderOptions<string, string>);
}
