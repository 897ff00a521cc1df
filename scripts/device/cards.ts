import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { OwnCard, TeslaCard } from "../../sim/card/index.ts";
import { blankCard, type VirtualCard } from "../../sim/pn532/index.ts";

const random = createSystemRandom();
const crypto = createNodeCrypto({ random });

/** Cards by the names that the command line takes. A new kind of card is one row. */
export const CARDS: Readonly<Record<string, () => VirtualCard>> = {
  blank: blankCard,
  tesla: () => keyCard("card"),
  phone: () => keyCard("phone"),
  own: ownCard,
};

/** Names of cards as a sentence lists them. */
export const CARD_NAMES = Object.keys(CARDS).join(", ");

const made = new Map<string, VirtualCard>();

/** The card called `name`, the same one each time in one process; undefined where there is none. */
export function makeCard(name: string): VirtualCard | undefined {
  if (!Object.hasOwn(CARDS, name)) return undefined;
  const card = made.get(name) ?? CARDS[name]!();
  made.set(name, card);
  return card;
}

/** What a key card takes to compute an answer. */
const ANSWER_MS = 150;

/** A key card of the Tesla type (docs/card.md) with a key of its own; answer to select and identifiers as such cards show them. */
function keyCard(form: "card" | "phone"): VirtualCard {
  const card = new TeslaCard({ crypto, key: crypto.generateAgreementKey("P-256"), form, ...(form === "phone" ? { random } : {}) });
  card.powerUp();
  return {
    atqa: 0x0048,
    sak: 0x20,
    uid: form === "phone" ? Uint8Array.of(0x08, ...random.bytes(3)) : Uint8Array.of(0x04, ...random.bytes(6)),
    ats: Uint8Array.of(0x78, 0x77, 0x91, 0x02),
    answerMs: ANSWER_MS,
    answer: (apdu) => card.answer(apdu),
  };
}

/** A card of our own type (docs/card.md), blank until a car enrols it. What it shows before any application is asked is the same for all of them, and random. */
function ownCard(): VirtualCard {
  const card = new OwnCard({ crypto, key: crypto.generateSigningKey("Ed25519") });
  // The first byte says that it is random (ISO 14443-3 section 6.5.4).
  const randomUid = (): Uint8Array => Uint8Array.of(0x08, ...random.bytes(3));
  let uid = randomUid();
  return {
    atqa: 0x0004,
    sak: 0x20,
    get uid() {
      return uid;
    },
    ats: Uint8Array.of(0x78, 0x80, 0x70, 0x02),
    answerMs: (apdu) => card.answerMs(apdu),
    powerUp: () => {
      uid = randomUid();
      card.powerUp();
    },
    answer: (apdu) => card.answer(apdu),
  };
}
