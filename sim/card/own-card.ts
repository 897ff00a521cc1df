import { concat } from "../../firmware/base/index.ts";
import { cardProof, OWN_AID, OWN_CARD_SUITE, OWN_INS, PROOF_CHALLENGE_BYTES } from "../../firmware/card/index.ts";
import { credentialOf, keyIdOf, parseCredential, publicKeyOf, type PublicKey } from "../../firmware/cose/index.ts";
import { idCredOfCcs, idCredOfKid, Initiator, type OwnCredential, type PeerCredential } from "../../firmware/edhoc/index.ts";
import type { CryptoPort, SigningKey } from "../../firmware/ports/index.ts";

/** Cars that one card has room for. */
export const CARS_MAX = 4;

const SW = { ok: 0x9000, notFound: 0x6a82, unknownInstruction: 0x6d00, conditions: 0x6985, security: 0x6982 } as const;
const CONNECTION_ID = Uint8Array.of(0x2a);

/** How the car came: by a name that says nothing, or by its key. */
interface Met {
  readonly car: PublicKey;
  readonly byValue: boolean;
}

/**
 * A card of our own type (docs/card.md): EDHOC Initiator with a P-256 key that never leaves it. It speaks to cars that it has met, and meets a car where that
 * shows its key and there is room: only while an owner enrols a card does a car do so. Whoever else asks gets one flat refusal.
 */
export class OwnCard {
  readonly #crypto: CryptoPort;
  readonly #key: SigningKey;
  readonly publicKey: PublicKey;
  #cars: readonly PublicKey[] = [];
  #initiator: Initiator<Met> | undefined;
  #isSelected = false;

  constructor(crypto: CryptoPort, key: SigningKey = crypto.generateSigningKey("ES256")) {
    this.#crypto = crypto;
    this.#key = key;
    this.publicKey = publicKeyOf("ES256", key.publicKey);
  }

  /** It has come into a reader's field: nothing is selected, and no handshake is under way. */
  powerUp(): void {
    this.#isSelected = false;
    this.#initiator = undefined;
  }

  answer(command: Uint8Array): Uint8Array {
    const [cla, ins, p1] = command;
    const data = command.subarray(5, 5 + (command[4] ?? 0));
    if (cla === 0x00 && ins === 0xa4 && p1 === 4) return this.#select(data);
    if (!this.#isSelected || cla !== 0x80) return status(SW.conditions);
    switch (ins) {
      case OWN_INS.begin:
        this.#initiator = this.#begin();
        return answer(this.#initiator.message1());
      case OWN_INS.answer:
        return this.#answerCar(data);
      case OWN_INS.prove: {
        const established = this.#initiator?.established;
        this.#initiator = undefined;
        return established === undefined || data.length !== PROOF_CHALLENGE_BYTES ? status(SW.security) : answer(cardProof(this.#crypto, established, data));
      }
      default:
        return status(SW.unknownInstruction);
    }
  }

  #select(aid: Uint8Array): Uint8Array {
    this.powerUp();
    this.#isSelected = aid.length === OWN_AID.length && aid.every((byte, index) => byte === OWN_AID[index]);
    return status(this.#isSelected ? SW.ok : SW.notFound);
  }

  #begin(): Initiator<Met> {
    return new Initiator<Met>({
      crypto: this.#crypto,
      method: 0,
      suites: [OWN_CARD_SUITE],
      connectionId: CONNECTION_ID,
      own: ({ tag }) => this.#credential(tag.byValue),
      peers: (idCred) => {
        if (idCred.kind === "kid") return { ok: true, value: this.#cars.map((car) => peerOf(car, false)) };
        const car = idCred.kind === "kccs" ? parseCredential(this.#crypto, idCred.credential) : undefined;
        return { ok: true, value: car?.ok === true && car.value.algorithm === "ES256" ? [peerOf(car.value, true)] : [] };
      },
    });
  }

  #answerCar(message2: Uint8Array): Uint8Array {
    const initiator = this.#initiator;
    const proven = initiator?.processMessage2(message2);
    if (initiator === undefined || proven?.ok !== true || !this.#mayMeet(proven.value.tag)) {
      this.#initiator = undefined;
      return status(SW.security);
    }
    return answer(initiator.message3());
  }

  /** A car that it knows; or a new one, which it remembers from now on. */
  #mayMeet({ car }: Met): boolean {
    if (this.#cars.some((known) => known.raw.every((byte, index) => byte === car.raw[index]))) return true;
    if (this.#cars.length >= CARS_MAX) return false;
    this.#cars = [...this.#cars, car];
    return true;
  }

  #credential(byValue: boolean): OwnCredential {
    const credential = credentialOf(this.publicKey.coseKey);
    return { idCred: byValue ? idCredOfCcs(credential) : idCredOfKid(keyIdOf(this.#crypto, this.publicKey)), credential, key: this.#key };
  }
}

function peerOf(car: PublicKey, byValue: boolean): PeerCredential<Met> {
  return { credential: credentialOf(car.coseKey), publicKey: car.raw, tag: { car, byValue } };
}

function answer(data: Uint8Array): Uint8Array {
  return concat(data, status(SW.ok));
}

function status(word: number): Uint8Array {
  return Uint8Array.of(word >> 8, word & 0xff);
}
