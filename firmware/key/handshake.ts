import { assert, equalBytes, err, ok, type Result } from "../base/index.ts";
import { credentialOf, parseCredential, parsePublicKey, type PublicKey } from "../cose/index.ts";
import { idCredOfCcs, idCredOfCwt, idCredOfKid, Initiator, type EdhocFault, type IdCred, type OwnCredential, type PeerCredential } from "../edhoc/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { resolvesIdentity, type Exporter } from "../session/index.ts";
import { isAnnouncedKey } from "./car-identity.ts";
import type { LinkFailureName } from "./key-effects.ts";
import { ownKey, type OwnKey } from "./own-key.ts";
import type { PairingTask } from "./pairing.ts";
import { CAR_COUNT_MAX, findCar, type CarRecord, type Wallet } from "./wallet.ts";

/** Which cars a link is meant for. */
export type LinkTarget =
  | { readonly kind: "cars"; readonly vehicleIds: readonly string[] }
  | { readonly kind: "pairing"; readonly task: PairingTask };

/** The car that has proved itself. */
export type ProvenCar =
  | { readonly kind: "known"; readonly vehicleId: string }
  /** A car with an announced key. `open`: it shows its key by value, so it still takes a newcomer. */
  | { readonly kind: "announced"; readonly carKey: Uint8Array; readonly open: boolean };

/** What a finished handshake leaves; nothing of it may be stored before a protected reply has come. */
export interface HandshakeDone {
  readonly message3: Uint8Array;
  readonly car: ProvenCar;
  readonly exporter: Exporter;
  /** What the exporter can be restored from. Secret. */
  readonly exporterSecret: Uint8Array;
}

/** The connection identifier of the phone: the link correlates, so it need not identify anybody. */
const CONNECTION_ID = Uint8Array.of(0);
const SIGN_SIGN = 0;
/** One suite each: the car would refuse a list in which it supports an earlier one. */
const SUITES = { Ed25519: [4], ES256: [5] } as const;

/** The phone's end of one EDHOC handshake: which car may be there, and who we are to it. */
export class PhoneHandshake {
  private readonly crypto: CryptoPort;
  private readonly wallet: Wallet;
  private readonly target: LinkTarget;
  private readonly own: OwnKey;
  private readonly initiator: Initiator<ProvenCar, LinkFailureName>;

  constructor(crypto: CryptoPort, wallet: Wallet, target: LinkTarget) {
    this.crypto = crypto;
    this.wallet = wallet;
    this.target = target;
    this.own = ownKey(crypto, wallet);
    this.initiator = new Initiator<ProvenCar, LinkFailureName>({
      crypto,
      method: SIGN_SIGN,
      suites: SUITES[wallet.key.algorithm],
      connectionId: CONNECTION_ID,
      own: (verified) => this.credentialFor(verified.tag),
      peers: (idCred) => this.candidates(idCred),
    });
  }

  message1(): Uint8Array {
    return this.initiator.message1();
  }

  /** Verifies the car; nothing of this phone is in any byte sent before that. */
  answer(message2: Uint8Array): Result<HandshakeDone, LinkFailureName> {
    const verified = this.initiator.processMessage2(message2);
    if (!verified.ok) return err(failureOf(verified.error));
    const message3 = this.initiator.message3();
    const established = this.initiator.established;
    assert(established !== undefined, "a handshake is established by message_3");
    return ok({
      message3,
      car: verified.value.tag,
      exporter: (label, context, length) => established.exporter(label, context, length),
      exporterSecret: established.exporterSecret(),
    });
  }

  private candidates(idCred: IdCred): Result<readonly PeerCredential<ProvenCar>[], LinkFailureName> {
    if (idCred.kind === "kid") {
      if (equalBytes(idCred.kid, this.own.keyId)) return err("reflected");
      return ok(this.target.kind === "cars" ? this.carsBehind(this.target.vehicleIds, idCred.kid) : this.carsSeen(this.target.task));
    }
    if (idCred.kind !== "kccs") return ok([]);
    const shown = parseCredential(this.crypto, idCred.credential);
    if (!shown.ok || shown.value.algorithm !== this.own.publicKey.algorithm) return ok([]);
    if (equalBytes(shown.value.coseKey, this.own.publicKey.coseKey)) return err("reflected");
    return ok(this.carsShowing(shown.value));
  }

  /** All cars this link is meant for, those that the identity resolves to first: a resolving key may be out of date. */
  private carsBehind(vehicleIds: readonly string[], identity: Uint8Array): readonly PeerCredential<ProvenCar>[] {
    const cars = vehicleIds.map((id) => findCar(this.wallet, id)).filter((car) => car !== undefined);
    const resolves = (car: CarRecord): boolean =>
      car.resolvingKey !== undefined && resolvesIdentity(this.crypto, car.resolvingKey, identity);
    const sorted = [...cars.filter(resolves), ...cars.filter((car) => !resolves(car))].slice(0, CAR_COUNT_MAX);
    return sorted.map((car) => this.candidateOf(keyOf(car, this.own), { kind: "known", vehicleId: car.vehicleId }));
  }

  /** The car of a pairing whose answer was missed: it takes no newcomers any more, and shows no key by value. */
  private carsSeen(task: PairingTask): readonly PeerCredential<ProvenCar>[] {
    const { carKey } = task.pending;
    return carKey === undefined ? [] : [this.candidateOf(carKey, { kind: "announced", carKey, open: false })];
  }

  private carsShowing(key: PublicKey): readonly PeerCredential<ProvenCar>[] {
    if (this.target.kind === "pairing") {
      if (!isAnnouncedKey(this.crypto, key, this.target.task.pending.carKeysHash)) return [];
      return [this.candidateOf(key.coseKey, { kind: "announced", carKey: key.coseKey, open: true })];
    }
    const cars = this.target.vehicleIds.map((id) => findCar(this.wallet, id)).filter((car) => car !== undefined);
    const same = cars.filter((car) => equalBytes(keyOf(car, this.own), key.coseKey));
    return same.map((car) => this.candidateOf(key.coseKey, { kind: "known", vehicleId: car.vehicleId }));
  }

  private candidateOf(coseKey: Uint8Array, tag: ProvenCar): PeerCredential<ProvenCar> {
    const key = parsePublicKey(this.crypto, coseKey);
    assert(key.ok, "a car's key was checked before it was stored");
    return { credential: credentialOf(coseKey), publicKey: key.value.raw, tag };
  }

  private credentialFor(car: ProvenCar): OwnCredential {
    const key = this.own.signingKey;
    const credential = credentialOf(this.own.publicKey.coseKey);
    if (car.kind === "announced" && car.open) return { idCred: idCredOfCcs(credential), credential, key };
    const grant = car.kind === "known" ? findCar(this.wallet, car.vehicleId)?.grant : undefined;
    if (grant !== undefined) return { idCred: idCredOfCwt(grant.cwt), credential: grant.cwt, key };
    return { idCred: idCredOfKid(this.own.keyId), credential, key };
  }
}

/** The car's key for the suite that this phone's key selects. */
function keyOf(car: CarRecord, own: OwnKey): Uint8Array {
  return own.publicKey.algorithm === "Ed25519" ? car.carKeys.ed25519 : car.carKeys.es256;
}

function failureOf(fault: EdhocFault<LinkFailureName>): LinkFailureName {
  switch (fault.kind) {
    case "peer-refused":
      return fault.reason;
    case "peer-error":
      return "refused";
    case "reflection":
      return "reflected";
    case "unknown-peer":
    case "unproven":
    case "too-many-candidates":
      return "notTheCar";
    default:
      return "damaged";
  }
}
