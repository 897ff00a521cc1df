import { concat, equalBytes, ok, type Result } from "../../firmware/base/index.ts";
import { cardChannel, OWN_AID, OWN_CLASS, OWN_INSTRUCTIONS } from "../../firmware/card/index.ts";
import { credentialOf, keyIdOf, parseCredential, parsePublicKey, publicKeyOf, type PublicKey } from "../../firmware/cose/index.ts";
import { idCredOfCcs, idCredOfKid, Initiator, type IdCred, type OwnCredential, type PeerCredential } from "../../firmware/edhoc/index.ts";
import type { CryptoPort, SigningKey } from "../../firmware/ports/index.ts";
import type { ProtectedChannel } from "../../firmware/session/index.ts";

/** What a card of today takes over an answer with elliptic curves, and over one without. */
const CURVES_MS = 180;
const PLAIN_MS = 30;

/** Success; another application; everything else, whatever it was. */
const SW = { ok: Uint8Array.of(0x90, 0x00), notFound: Uint8Array.of(0x6a, 0x82), refused: Uint8Array.of(0x69, 0x85) } as const;

/** C_I. Nobody else is in the field, so it identifies nobody; all cards have the same. */
const CONNECTION_ID = Uint8Array.of(0);
const SIGN_SIGN = 0;
/** One suite each: the car would refuse a list in which it supports an earlier one. */
const SUITES = { Ed25519: [4], ES256: [5] } as const;

export interface OwnCardOptions {
  readonly crypto: CryptoPort;
  readonly key: SigningKey;
  /** The COSE_Key of the car that the card belongs to; a blank card takes the first that enrols it. */
  readonly car?: Uint8Array;
  /** Stores that it belongs to this car from now on, before it answers. */
  readonly keep?: (car: Uint8Array) => void;
}

interface ProvenCar {
  readonly coseKey: Uint8Array;
  /** It takes new cards: it has shown its key by value, and is shown the card's. */
  readonly enrolling: boolean;
}

type State =
  | { readonly at: "elsewhere" | "selected" }
  | { readonly at: "message2"; readonly initiator: Initiator<ProvenCar> }
  | { readonly at: "timed"; readonly channel: ProtectedChannel; readonly car: ProvenCar };

/**
 * A key card of our own type (docs/card.md): EDHOC Initiator behind ISO 7816-4. It belongs to one car, shows nothing of itself to
 * anything else, and answers whatever is wrong with one and the same refusal.
 */
export class OwnCard {
  readonly #crypto: CryptoPort;
  readonly #key: SigningKey;
  /** What an enrolment takes, and what nobody else is shown. */
  readonly publicKey: PublicKey;
  readonly #keep: (car: Uint8Array) => void;
  #car: Uint8Array | undefined;
  #state: State = { at: "elsewhere" };

  constructor({ crypto, key, car, keep = () => undefined }: OwnCardOptions) {
    this.#crypto = crypto;
    this.#key = key;
    this.publicKey = publicKeyOf(key.algorithm, key.publicKey);
    this.#car = car;
    this.#keep = keep;
  }

  get coseKey(): Uint8Array {
    return this.publicKey.coseKey;
  }

  /** The COSE_Key of the car that it belongs to. */
  get car(): Uint8Array | undefined {
    return this.#car;
  }

  /** It has come into a reader's field: nothing is selected yet. */
  powerUp(): void {
    this.#state = { at: "elsewhere" };
  }

  /** How long it takes over the answer to `command`. */
  answerMs(command: Uint8Array): number {
    const ins = command[0] === OWN_CLASS ? command[1] : undefined;
    return ins === OWN_INSTRUCTIONS.message1 || ins === OWN_INSTRUCTIONS.message2 ? CURVES_MS : PLAIN_MS;
  }

  answer(command: Uint8Array): Uint8Array {
    const state = this.#state;
    // Whatever goes wrong, it begins anew with the selection.
    this.#state = { at: "elsewhere" };
    const data = dataOf(command);
    if (data === undefined) return SW.refused;
    if (command[0] === 0x00 && command[1] === 0xa4 && command[2] === 0x04) return this.#select(data);
    if (command[0] !== OWN_CLASS || command[2] !== 0 || command[3] !== 0) return SW.refused;
    if (command[1] === OWN_INSTRUCTIONS.message1 && state.at === "selected" && data.length === 0) return this.#begin();
    if (command[1] === OWN_INSTRUCTIONS.message2 && state.at === "message2") return this.#prove(state.initiator, data);
    if (command[1] === OWN_INSTRUCTIONS.timed && state.at === "timed") return this.#confirm(state.channel, state.car, data);
    return SW.refused;
  }

  #select(aid: Uint8Array): Uint8Array {
    const matches = aid.length >= 5 && aid.length <= OWN_AID.length && equalBytes(aid, OWN_AID.subarray(0, aid.length));
    if (matches) this.#state = { at: "selected" };
    return matches ? SW.ok : SW.notFound;
  }

  #begin(): Uint8Array {
    const initiator = new Initiator<ProvenCar>({
      crypto: this.#crypto,
      method: SIGN_SIGN,
      suites: SUITES[this.#key.algorithm],
      connectionId: CONNECTION_ID,
      own: ({ tag }) => this.#credentialFor(tag),
      peers: (idCred) => this.#carsBehind(idCred),
    });
    this.#state = { at: "message2", initiator };
    return concat(initiator.message1(), SW.ok);
  }

  #prove(initiator: Initiator<ProvenCar>, message2: Uint8Array): Uint8Array {
    const verified = initiator.processMessage2(message2);
    if (!verified.ok) return SW.refused;
    const message3 = initiator.message3();
    // Made now, so that the timed answer takes no more than it must.
    const session = initiator.established!;
    const channel = cardChannel(this.#crypto, (label, context, length) => session.exporter(label, context, length), "phone");
    this.#state = { at: "timed", channel, car: verified.value.tag };
    return concat(message3, SW.ok);
  }

  /** The car's first protected bytes: with them it has confirmed the keys, and a blank card may keep it (RFC 9528 section 5.4.2). */
  #confirm(channel: ProtectedChannel, car: ProvenCar, message: Uint8Array): Uint8Array {
    const challenge = channel.open(message);
    if (!challenge.ok) return SW.refused;
    if (this.#car === undefined) {
      this.#car = car.coseKey;
      this.#keep(car.coseKey);
    }
    return concat(channel.seal(challenge.value), SW.ok);
  }

  #carsBehind(idCred: IdCred): Result<readonly PeerCredential<ProvenCar>[], never> {
    if (idCred.kind === "kid") return ok(this.#car === undefined ? [] : this.#candidates(parsePublicKey(this.#crypto, this.#car), false));
    if (idCred.kind !== "kccs") return ok([]);
    const shown = parseCredential(this.#crypto, idCred.credential);
    // One that belongs to a car is shown another's key in vain: it cannot be made to show its own.
    if (!shown.ok || (this.#car !== undefined && !equalBytes(this.#car, shown.value.coseKey))) return ok([]);
    return ok(this.#candidates(shown, true));
  }

  #candidates(car: Result<PublicKey, unknown>, enrolling: boolean): readonly PeerCredential<ProvenCar>[] {
    if (!car.ok || car.value.algorithm !== this.#key.algorithm) return [];
    const { coseKey, raw } = car.value;
    return [{ credential: credentialOf(coseKey), publicKey: raw, tag: { coseKey, enrolling } }];
  }

  #credentialFor({ enrolling }: ProvenCar): OwnCredential {
    const credential = credentialOf(this.coseKey);
    return { idCred: enrolling ? idCredOfCcs(credential) : idCredOfKid(keyIdOf(this.#crypto, this.publicKey)), credential, key: this.#key };
  }
}

/** The data of a short command APDU (ISO 7816-4 section 5.2); undefined where its lengths are not right. */
function dataOf(command: Uint8Array): Uint8Array | undefined {
  if (command.length < 4) return undefined;
  if (command.length <= 5) return new Uint8Array(0);
  const end = 5 + command[4]!;
  return command.length === end || command.length === end + 1 ? command.slice(5, end) : undefined;
}
