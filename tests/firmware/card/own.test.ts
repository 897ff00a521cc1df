import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { CardExchange, type CardStep } from "../../../firmware/card/index.ts";
import { keyIdOf, publicKeyOf, type PublicKey } from "../../../firmware/cose/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { createPortableCrypto } from "../../../hal/crypto-portable/index.ts";
import { CARS_MAX, OwnCard, TeslaCard } from "../../../sim/card/index.ts";
import { seededRandom } from "../../support/random.ts";

const random = seededRandom("own card");
const crypto = createNodeCrypto({ random });

/** A car as cards meet it: its key, and the cards that it knows. */
class Car {
  readonly cards = new Map<string, PublicKey>();
  readonly signingKey = crypto.generateSigningKey("ES256");
  readonly readerKey = crypto.generateAgreementKey("P-256");
  enrolling = false;

  exchange(ownAlone = false): CardExchange {
    const own = { signingKey: this.signingKey, publicKey: publicKeyOf("ES256", this.signingKey.publicKey), isEnrolling: () => this.enrolling, cardOf: (keyId: string) => this.cards.get(keyId) };
    return new CardExchange({ crypto, random, readerKey: this.readerKey, isWanted: () => true, own, ownAlone });
  }

  /** Holds a card to its reader; `change` stands between them. */
  tap(card: { answer(command: Uint8Array): Uint8Array }, change: (answer: Uint8Array, step: number) => Uint8Array = (answer) => answer): { readonly end: CardStep; readonly said: readonly string[] } {
    const exchange = this.exchange();
    const said: string[] = [];
    let command = exchange.start();
    for (let step = 0; ; step++) {
      const answer = change(card.answer(command), step);
      said.push(toHex(answer));
      const next = exchange.answered(answer, 20 + step);
      if (next.kind !== "ask") return { end: next, said };
      command = next.command;
    }
  }

  /** The same while an owner enrols, and the card is its own from then on. */
  enrol(card: OwnCard): void {
    this.enrolling = true;
    expect(this.tap(card).end.kind).toBe("proved");
    this.enrolling = false;
    this.cards.set(toHex(keyIdOf(crypto, card.publicKey)), card.publicKey);
  }
}

function carded(): { readonly car: Car; readonly card: OwnCard } {
  const [car, card] = [new Car(), new OwnCard(crypto)];
  car.enrol(card);
  return { car, card };
}

describe("a card of our own type", () => {
  it("proves itself to the car that it knows, and the time of its last answer, one hash, is what counts", () => {
    const { car, card } = carded();
    const { end, said } = car.tap(card);
    expect(end).toEqual({ kind: "proved", publicKey: card.publicKey.raw, answerMs: 23 });
    expect(said).toHaveLength(4);
  });

  it("is understood by both crypto ports", () => {
    const car = new Car();
    const card = new OwnCard(createPortableCrypto({ random: seededRandom("portable") }));
    car.enrol(card);
    expect(car.tap(card).end.kind).toBe("proved");
  });

  it("shows nothing of itself to a reader that is not its car's, and nothing that would link two taps", () => {
    const { card } = carded();
    const stranger = new Car();
    stranger.cards.set(toHex(keyIdOf(crypto, card.publicKey)), card.publicKey);
    const [first, second] = [stranger.tap(card), stranger.tap(card)];
    expect([first.end, second.end]).toEqual([{ kind: "ended", why: "wrongProof" }, { kind: "ended", why: "wrongProof" }]);
    // Selected; message_1, of which all but the fresh key share is the same for every card of this type; the flat refusal.
    expect(first.said[2]).toBe("6982");
    const common = [...first.said[1]!].filter((digit, index) => digit === second.said[1]![index]).length;
    expect(common).toBeLessThan(32);
    for (const said of [...first.said, ...second.said]) expect(said).not.toContain(toHex(card.publicKey.raw.subarray(0, 8)));
  });

  it("is nobody to a car that does not know it, and shows its key there only while an owner enrols", () => {
    const { card } = carded();
    const other = new Car();
    other.enrolling = true;
    expect(other.tap(card).end.kind).toBe("proved");
    other.enrolling = false;
    expect(other.tap(card).end).toEqual({ kind: "ended", why: "unknown" });
  });

  it("buys no time by answering in pieces: all of them count", () => {
    const { car, card } = carded();
    const exchange = car.exchange();
    let step = exchange.answered(card.answer(exchange.start()), 20);
    for (let i = 0; i < 2 && step.kind === "ask"; i++) step = exchange.answered(card.answer(step.command), 20);
    const proof = step.kind === "ask" ? card.answer(step.command) : new Uint8Array(0);
    const waiting = exchange.answered(Uint8Array.of(...proof.subarray(0, 6), 0x61, 10), 400);
    expect(waiting.kind).toBe("ask");
    expect(exchange.answered(proof.slice(6), 400)).toMatchObject({ kind: "proved", answerMs: 800 });
  });

  it("has room for a few cars and is met by no more", () => {
    const card = new OwnCard(crypto);
    for (let i = 0; i < CARS_MAX; i++) new Car().enrol(card);
    const last = new Car();
    last.enrolling = true;
    expect(last.tap(card).end.kind).toBe("ended");
  });

  it("of another key with the same name is refused: what was copied is not the key", () => {
    const { car, card } = carded();
    const clone = new OwnCard(crypto);
    car.cards.set(toHex(keyIdOf(crypto, clone.publicKey)), card.publicKey);
    const other = new Car();
    other.enrol(clone);
    car.enrolling = true;
    expect(car.tap(clone).end.kind).toBe("proved");
    car.enrolling = false;
    expect(car.tap(clone).end).toEqual({ kind: "ended", why: "wrongProof" });
  });

  it("with any bit of any answer changed proves nothing", () => {
    const { car, card } = carded();
    const lengths = car.tap(card).said.map((said) => said.length / 2);
    for (const [at, length] of lengths.entries()) {
      for (let index = 0; index < length; index++) {
        const { end } = car.tap(card, (answer, step) => {
          if (step !== at) return answer;
          const wrong = answer.slice();
          wrong[index]! ^= 1 << (index % 8);
          return wrong;
        });
        expect(end.kind, `answer ${at}, byte ${index}`).toBe("ended");
      }
    }
  });

  it.each([0, 1, 2, 3])("cut short in answer %d, or replayed from another tap, proves nothing", (at) => {
    const { car, card } = carded();
    const before = car.tap(card).said.map((said) => Uint8Array.from(Buffer.from(said, "hex")));
    expect(car.tap(card, (answer, step) => (step === at ? answer.slice(0, Math.max(0, answer.length - 3)) : answer)).end.kind).toBe("ended");
    if (at > 0) expect(car.tap(card, (answer, step) => (step === at ? before[at]! : answer)).end.kind).toBe("ended");
  });

  it("is asked for before all others, and where owners want it so, alone", () => {
    const car = new Car();
    const tesla = new TeslaCard({ crypto, key: crypto.generateAgreementKey("P-256") });
    expect(car.tap(tesla).end.kind).toBe("proved");
    const exchange = car.exchange(true);
    expect(exchange.answered(tesla.answer(exchange.start()), 1)).toEqual({ kind: "ended", why: "notOurs" });
  });

  it("answers out of turn, and commands that it does not know, with a status word and nothing else", () => {
    const { card } = carded();
    card.powerUp();
    for (const command of ["8050000000", "00a4040009f06c617463686b6579ff", "80540000100000000000000000000000000000000000", "", "80ff000000"]) {
      expect(card.answer(Uint8Array.from(Buffer.from(command, "hex"))), command).toHaveLength(2);
    }
  });
});
