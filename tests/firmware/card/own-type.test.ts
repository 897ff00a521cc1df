import { describe, expect, it } from "vitest";
import { concat, ok, toHex } from "../../../firmware/base/index.ts";
import { cardChannel, type KnownCards } from "../../../firmware/card/index.ts";
import { credentialOf, keyIdOf, publicKeyOf } from "../../../firmware/cose/index.ts";
import { idCredOfCcs, idCredOfKid, Initiator, Responder, type IdCred } from "../../../firmware/edhoc/index.ts";
import type { CarKeys } from "../../../firmware/session/index.ts";
import { createPortableCrypto } from "../../../hal/crypto-portable/index.ts";
import { OwnCard, TeslaCard } from "../../../sim/card/index.ts";
import { expecting, KNOWING_NONE, newCarKeys } from "./exchange-parts.ts";
import { blank, crypto, enrolled, hex, keyIdOfCard, parts, random, REFUSED, SELECT_OWN, tap, WRONG_PROOF } from "./own-rig.ts";

describe("a card of our own type", () => {
  it.each(["Ed25519", "ES256"] as const)("with a key for %s is enrolled by value, and known by its id from then on", (algorithm) => {
    const { card, cards } = enrolled(algorithm);
    expect(toHex(card.car!)).toBe(toHex(parts.identity.publicKeys[algorithm].coseKey));
    const { end, commands, answers } = tap((command) => card.answer(command), { cards });
    expect(end).toEqual({ kind: "proved", type: "own", keyId: keyIdOfCard(card), coseKey: card.coseKey, answerMs: 30 });
    expect(commands.map((command) => toHex(command.subarray(0, 4)))).toEqual(["00a40400", "80200000", "80220000", "80240000"]);
    for (const bytes of [...commands, ...answers]) expect(bytes.length).toBeLessThanOrEqual(150);
  });

  it.each(["Ed25519", "ES256"] as const)("with a key for %s needs no chaining when both ends show their keys by value", (algorithm) => {
    const card = blank(algorithm);
    const { commands, answers } = tap((command) => card.answer(command));
    for (const command of commands) expect(command.length).toBeLessThanOrEqual(5 + 255 + 1);
    for (const answer of answers) expect(answer.length).toBeLessThanOrEqual(258);
  });

  it.each(["Ed25519", "ES256"] as const)("with a key for %s may compute with another library than the car", (algorithm) => {
    const portable = createPortableCrypto({ random });
    const card = new OwnCard({ crypto: portable, key: portable.generateSigningKey(algorithm) });
    expect(tap((command) => card.answer(command)).end).toMatchObject({ kind: "proved", type: "own", keyId: keyIdOfCard(card) });
  });

  it("is asked before a Tesla type is, and each is told from the other side by side", () => {
    const { card, cards } = enrolled();
    const tesla = new TeslaCard({ crypto, key: crypto.generateAgreementKey("P-256") });
    const teslaKey = publicKeyOf("ES256", tesla.point.slice(1));
    const teslaId = toHex(keyIdOf(crypto, teslaKey));
    const both: KnownCards = { isEnrolling: () => false, coseKeyOf: (keyId) => (keyId === teslaId ? teslaKey.coseKey : cards.coseKeyOf(keyId)) };
    expect(tap((command) => card.answer(command), { cards: both }).end).toMatchObject({ kind: "proved", type: "own" });
    const { end, commands } = tap((command) => tesla.answer(command), { cards: both });
    expect(end).toMatchObject({ kind: "proved", type: "tesla", keyId: teslaId });
    expect(toHex(commands[0]!)).toBe(toHex(SELECT_OWN));
  });

  it("stores its car before it answers the timed command, and not before the car has confirmed the keys", () => {
    const order: string[] = [];
    const card = new OwnCard({ crypto, key: crypto.generateSigningKey("Ed25519"), keep: (car) => order.push(`kept ${toHex(car)}`) });
    tap((command) => {
      const answer = card.answer(command);
      order.push(`answered ${toHex(command.subarray(1, 2))}`);
      return answer;
    });
    expect(order).toEqual(["answered a4", "answered 20", "answered 22", `kept ${toHex(parts.identity.publicKeys.Ed25519.coseKey)}`, "answered 24"]);
  });

  it("that was bound by an enrolment of which the car knows nothing can be enrolled again there", () => {
    const card = blank();
    tap((command) => card.answer(command));
    expect(tap((command) => card.answer(command)).end).toMatchObject({ kind: "proved", keyId: keyIdOfCard(card) });
  });

  it("whose car does not know it, or no longer, gets no further than its proof", () => {
    const { card } = enrolled();
    expect(tap((command) => card.answer(command), { cards: KNOWING_NONE }).end).toEqual({ kind: "ended", why: "unknown" });
  });

  it("copied without its private key is no card: everything else about it is public", () => {
    const { card, cards } = enrolled();
    // A clone with all that is static of the card: who it says it is, and its car. Its signature is of another key.
    const forged = crypto.generateSigningKey("Ed25519");
    const car = parts.identity.publicKeys.Ed25519;
    const initiator = new Initiator({
      crypto,
      method: 0,
      suites: [4],
      connectionId: Uint8Array.of(0),
      own: { idCred: idCredOfKid(hex(keyIdOfCard(card))), credential: credentialOf(card.coseKey), key: forged },
      peers: () => ok([{ credential: credentialOf(car.coseKey), publicKey: car.raw, tag: undefined }]),
    });
    const { end, commands } = tap((command) => {
      if (command[1] === 0xa4) return hex("9000");
      if (command[1] === 0x20) return concat(initiator.message1(), hex("9000"));
      expect(initiator.processMessage2(command.slice(5, -1)).ok).toBe(true);
      return concat(initiator.message3(), hex("9000"));
    }, { cards });
    expect(end).toEqual(WRONG_PROOF);
    expect(commands).toHaveLength(3);
  });
});

describe("a card of our own type that meets a reader that is not its car's", () => {
  /** All that a reader which is not the car hears, whatever it tries as message_2. */
  function heard(card: OwnCard, message2: (message1: Uint8Array) => Uint8Array): { readonly message1: Uint8Array; readonly rest: readonly string[] } {
    card.powerUp();
    const selected = toHex(card.answer(SELECT_OWN));
    const message1 = card.answer(hex("8020000000")).slice(0, -2);
    const data = message2(message1);
    const rest = [concat(hex("80220000"), Uint8Array.of(data.length), data, Uint8Array.of(0)), hex("8024000001ff00"), hex("8014000000"), hex("00b0000000")];
    return { message1, rest: [selected, ...rest.map((command) => toHex(card.answer(command)))] };
  }
  const stranger = newCarKeys(crypto);
  const answering = (idCredOf: (credential: Uint8Array) => IdCred, keys = stranger) => (message1: Uint8Array) => {
    const credential = credentialOf(keys.publicKeys.Ed25519.coseKey);
    const responder = new Responder({ crypto, methods: [0], suites: [4, 5], connectionId: Uint8Array.of(1), own: () => ({ idCred: idCredOf(credential), credential, key: keys.signingKeys.Ed25519 }), peers: () => ok([]) });
    const message2 = responder.processMessage1(message1);
    if (!message2.ok) throw new Error("the card's message_1 is good");
    return message2.value;
  };
  const byValue = answering(idCredOfCcs);
  const byKid = answering(() => idCredOfKid(random.bytes(8)));

  it("says one and the same as any other card: no byte of it comes twice but the protocol's own", () => {
    const [one, other] = [enrolled().card, enrolled().card];
    const sessions = [one, one, other].flatMap((card) => [byValue, byKid, (): Uint8Array => random.bytes(100)].map((attempt) => heard(card, attempt)));
    // METHOD 0, suite 4, a key share of 32 bytes, C_I: what the protocol fixes; the rest is fresh.
    for (const { message1, rest } of sessions) {
      expect(toHex(message1)).toMatch(/^00045820[0-9a-f]{64}00$/);
      expect(rest).toEqual(["9000", REFUSED, REFUSED, REFUSED, REFUSED]);
    }
    const shares = sessions.map(({ message1 }) => message1.subarray(4, 36));
    for (const [index, share] of shares.entries()) {
      for (const later of shares.slice(index + 1)) expect(commonRun(share, later)).toBeLessThan(4);
    }
  });

  it("once bound cannot be enrolled by another car, nor made to forget its own", () => {
    const { card, cards } = enrolled();
    expect(tap((command) => card.answer(command), { identity: stranger }).end).toEqual({ kind: "ended", why: "unknown" });
    expect(tap((command) => card.answer(command), { cards }).end).toMatchObject({ kind: "proved" });
  });

  it("and is blank shows its key to a car that enrols, and to no other", () => {
    const card = blank();
    expect(tap((command) => card.answer(command), { cards: KNOWING_NONE }).end).toEqual({ kind: "ended", why: "unknown" });
    expect(card.car).toBeUndefined();
  });

  it("does not take its own key, sent back to it, for a car's", () => {
    const key = crypto.generateSigningKey("Ed25519");
    const mirror: CarKeys = { signingKeys: { ...stranger.signingKeys, Ed25519: key }, publicKeys: { ...stranger.publicKeys, Ed25519: publicKeyOf("Ed25519", key.publicKey) } };
    expect(heard(new OwnCard({ crypto, key }), answering(idCredOfCcs, mirror)).rest[1]).toBe(REFUSED);
  });
});

describe("a reader of the car that meets a card it does not know", () => {
  /** How the car names itself to whoever speaks to it as a card. */
  function seen(cards: KnownCards): IdCred {
    let found: IdCred | undefined;
    const initiator = new Initiator({
      crypto,
      method: 0,
      suites: [4],
      connectionId: Uint8Array.of(0),
      own: { idCred: idCredOfKid(random.bytes(8)), credential: new Uint8Array(1), key: crypto.generateSigningKey("Ed25519") },
      peers: (idCred) => ((found = idCred), ok([])),
    });
    tap((command) => {
      if (command[1] === 0x20) return concat(initiator.message1(), hex("9000"));
      if (command[1] === 0x22) initiator.processMessage2(command.slice(5, -1));
      return hex(command[1] === 0xa4 ? "9000" : "6985");
    }, { cards });
    return found!;
  }

  it("names itself anew each time, and shows its key only while an owner enrols a card", () => {
    const [one, other] = [seen(KNOWING_NONE), seen(KNOWING_NONE)];
    expect([one.kind, other.kind]).toEqual(["kid", "kid"]);
    expect(toHex(one.encoded)).not.toBe(toHex(other.encoded));
    expect(seen(expecting).kind).toBe("kccs");
  });

  it.each([
    ["another method", "0304582001"],
    ["a suite of the published traces", "0000582001"],
    ["nothing", ""],
    ["one byte", "00"],
    ["200 bytes of nothing", "00".repeat(200)],
  ])("lets go of one whose message_1 has %s", (_, message1) => {
    const { end, commands } = tap((command) => (command[1] === 0xa4 ? hex("9000") : concat(hex(message1), hex("9000"))));
    expect(end).toEqual({ kind: "ended", why: "notOurs" });
    expect(commands).toHaveLength(2);
  });

  it("takes no key by value once the owner's half minute is over, though it was when the tap began", () => {
    const card = blank();
    let open = true;
    const cards: KnownCards = { isEnrolling: () => open, coseKeyOf: () => undefined };
    const end = tap((command) => card.answer(command), { cards, wire: { answer: (bytes, of) => ((open = of < 2), bytes) } }).end;
    expect(end).toEqual(WRONG_PROOF);
  });
});

describe("the channel of the timed answer", () => {
  it("has keys of its own: another label than a phone's commands", () => {
    const labels: number[] = [];
    cardChannel(crypto, (label, _context, length) => (labels.push(label), new Uint8Array(length)), "car");
    expect(labels).toEqual([32780]);
  });
});

/** The longest run of bytes that both have, wherever it stands. */
function commonRun(one: Uint8Array, other: Uint8Array): number {
  let longest = 0;
  for (let i = 0; i < one.length; i++) {
    for (let j = 0; j < other.length; j++) {
      let run = 0;
      while (i + run < one.length && j + run < other.length && one[i + run] === other[j + run]) run++;
      longest = Math.max(longest, run);
    }
  }
  return longest;
}
