import { concat } from "../../firmware/base/index.ts";
import { CARD_AID, CHALLENGE_BYTES, PHONE_AID, POINT_BYTES, SALT_BYTES } from "../../firmware/card/index.ts";
import type { AgreementKey, CryptoPort, RandomPort } from "../../firmware/ports/index.ts";

/** Status words (ISO 7816-4 section 5.1.3), as the cards of the field give them. */
const SW = { ok: 0x9000, wrongLength: 0x6700, notFound: 0x6a82, unknownInstruction: 0x6d00, unknownClass: 0x6e00, noDiagnosis: 0x6f00, conditions: 0x6985 } as const;

const CLASS_ISO = 0x00;
const CLASS_CARD = 0x80;
const FORM_FACTORS = { card: [0x00, 0x01], phone: [0x00, 0x31] } as const;

export interface TeslaCardOptions {
  readonly crypto: CryptoPort;
  /** The card's P-256 key. */
  readonly key: AgreementKey;
  /** `card`: answers to the card's name and encrypts the challenge as it is. `phone`: answers to the phone's and puts its salt into it. */
  readonly form?: "card" | "phone";
  /** Where the salt comes from; without it there is none. */
  readonly random?: RandomPort;
}

/** A Tesla-type key card: answers command APDUs as such cards and the phone applications like them do, errors too. */
export class TeslaCard {
  readonly #options: TeslaCardOptions;
  #selected = false;

  constructor(options: TeslaCardOptions) {
    this.#options = options;
  }

  /** The public point: 4 || x || y. */
  get point(): Uint8Array {
    return this.#options.crypto.agreementPoint(this.#options.key);
  }

  /** It has come into a reader's field: nothing is selected yet. */
  powerUp(): void {
    this.#selected = false;
  }

  answer(command: Uint8Array): Uint8Array {
    const [cla, ins, p1] = command;
    if (command.length < 4) return status(SW.wrongLength);
    if (cla === CLASS_ISO && ins === 0xa4 && p1 === 4) return this.#select(command.subarray(5, 5 + (command[4] ?? 0)));
    if (!this.#selected) return status(SW.conditions);
    if (cla !== CLASS_CARD) return status(SW.unknownClass);
    switch (ins) {
      case 0x04:
        return concat(this.point, status(SW.ok));
      case 0x11:
        return this.#authenticate(command.subarray(5, 5 + (command[4] ?? 0)));
      case 0x14:
        return concat(Uint8Array.from(FORM_FACTORS[this.#options.form ?? "card"]), status(SW.ok));
      default:
        return status(SW.unknownInstruction);
    }
  }

  #select(aid: Uint8Array): Uint8Array {
    const own = this.#options.form === "phone" ? PHONE_AID : CARD_AID;
    const matches = aid.length >= 5 && aid.length <= own.length && aid.every((byte, index) => byte === own[index]);
    this.#selected = matches;
    return status(matches ? SW.ok : SW.notFound);
  }

  #authenticate(data: Uint8Array): Uint8Array {
    const { crypto, key, random } = this.#options;
    if (data.length < POINT_BYTES + CHALLENGE_BYTES) return status(SW.wrongLength);
    const challenge = data.slice(POINT_BYTES, POINT_BYTES + CHALLENGE_BYTES);
    if (random !== undefined) challenge.set(random.bytes(SALT_BYTES));
    const point = data.subarray(0, POINT_BYTES);
    const isPoint = point[0] === 4 && crypto.isAcceptablePublicKey("ES256", point.slice(1));
    const block = isPoint ? crypto.cardBlock(key, point.subarray(1, 33), challenge, "encrypt") : undefined;
    return block === undefined ? status(SW.noDiagnosis) : concat(block, status(SW.ok));
  }
}

function status(word: number): Uint8Array {
  return Uint8Array.of(word >> 8, word & 0xff);
}
