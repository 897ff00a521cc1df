import { describe, expect, it } from "vitest";
import { concat, ok, toHex } from "../../../firmware/base/index.ts";
import { cardChannel, type CardStep } from "../../../firmware/card/index.ts";
import { credentialOf, publicKeyOf } from "../../../firmware/cose/index.ts";
import { idCredOfCcs, Initiator } from "../../../firmware/edhoc/index.ts";
import type { SigningKey } from "../../../firmware/ports/index.ts";
import { crypto, enrolled, hex, parts, REFUSED, SELECT_OWN, tap, TIMED, WRONG_PROOF, type Wire } from "./own-rig.ts";

describe("a card of our own type that cheats", () => {
  /** A card with a good key whose holder has changed what it does about the timed challenge: hears it, and answers what it likes. */
  function cheating(key: SigningKey, answerTo: (challenge: Uint8Array) => Uint8Array): (command: Uint8Array) => Uint8Array {
    const credential = credentialOf(publicKeyOf("Ed25519", key.publicKey).coseKey);
    const car = parts.identity.publicKeys.Ed25519;
    const initiator = new Initiator({ crypto, method: 0, suites: [4], connectionId: Uint8Array.of(0), own: { idCred: idCredOfCcs(credential), credential, key }, peers: () => ok([{ credential: credentialOf(car.coseKey), publicKey: car.raw, tag: undefined }]) });
    return (command) => {
      if (command[1] === 0xa4) return hex("9000");
      if (command[1] === 0x20) return concat(initiator.message1(), hex("9000"));
      if (command[1] === 0x22) {
        initiator.processMessage2(command.slice(5, -1));
        return concat(initiator.message3(), hex("9000"));
      }
      const session = initiator.established!;
      const channel = cardChannel(crypto, (label, context, length) => session.exporter(label, context, length), "phone");
      const challenge = channel.open(command.slice(5, -1));
      if (!challenge.ok) throw new Error("the car's challenge opens");
      return concat(channel.seal(answerTo(challenge.value)), hex("9000"));
    };
  }

  it("and answers before it was asked is found out: the challenge is 16 bytes, fresh in each tap", () => {
    const key = crypto.generateSigningKey("Ed25519");
    const heard: string[] = [];
    const honest = (challenge: Uint8Array): Uint8Array => (heard.push(toHex(challenge)), challenge);
    for (let run = 0; run < 2; run++) expect(tap(cheating(key, honest)).end.kind).toBe("proved");
    expect([heard[0]!.length, heard[0] === heard[1]]).toEqual([32, false]);
    const old = hex(heard[0]!);
    for (const guess of [new Uint8Array(16), old, old.subarray(0, 15), Uint8Array.of(0)]) expect(tap(cheating(key, () => guess)).end).toEqual(WRONG_PROOF);
    expect(tap(cheating(key, (challenge) => challenge.subarray(0, 15))).end).toEqual(WRONG_PROOF);
  });
});

describe("somebody between a card of our own type and the car", () => {
  const { card, cards } = enrolled();
  const clean = tap((command) => card.answer(command), { cards });
  const through = (wire: Wire): CardStep => tap((command) => card.answer(command), { cards, wire }).end;

  it("cannot change one byte of what the card says", () => {
    expect(clean.end.kind).toBe("proved");
    for (const [index, answer] of clean.answers.entries()) {
      for (let at = 0; at < answer.length; at++) {
        const flipped = (bytes: Uint8Array, of: number): Uint8Array => (of === index ? bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)) : bytes);
        expect(through({ answer: flipped }).kind, `answer ${index}, byte ${at}`).toBe("ended");
      }
    }
  });

  it("cannot change one byte of what the car says", () => {
    for (const [index, command] of clean.commands.entries()) {
      // Of the selection, the name alone counts; of the others, all but the last byte, which only says how long an answer may be.
      for (let at = index === 0 ? 5 : 0; at < command.length - (index === 0 ? 0 : 1); at++) {
        const flipped = (bytes: Uint8Array, of: number): Uint8Array => (of === index ? bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)) : bytes);
        expect(through({ command: flipped }).kind, `command ${index}, byte ${at}`).toBe("ended");
      }
    }
  });

  it("cannot cut an answer or a command short, or add to it", () => {
    for (const [index, answer] of clean.answers.entries()) {
      for (let length = 0; length < answer.length - 2; length++) {
        const cut = (bytes: Uint8Array, of: number): Uint8Array => (of === index ? concat(bytes.subarray(0, length), hex("9000")) : bytes);
        expect(through({ answer: cut }).kind, `answer ${index}, ${length} bytes`).toBe("ended");
      }
      if (index === 0) continue;
      expect(through({ answer: (bytes, of) => (of === index ? concat(bytes.subarray(0, -2), hex("009000")) : bytes) }).kind).toBe("ended");
      if (index === 1) continue;
      for (let length = 4; length < clean.commands[index]!.length - 1; length++) {
        expect(through({ command: (bytes, of) => (of === index ? bytes.subarray(0, length) : bytes) }).kind, `command ${index}, ${length} bytes`).toBe("ended");
      }
    }
  });

  it("cannot play back an answer, of this exchange or of one before", () => {
    for (let index = 1; index < clean.answers.length; index++) {
      for (const old of clean.answers.slice(1)) expect(through({ answer: (bytes, of) => (of === index ? old : bytes) }).kind).toBe("ended");
    }
    expect(tap((command) => clean.answers[clean.commands.findIndex((sent) => sent[1] === command[1])]!, { cards }).end).toMatchObject({ kind: "ended" });
  });

  it("cannot play back to the card what the car once said", () => {
    for (const index of [2, 3]) {
      const seen: string[] = [];
      tap((command) => card.answer(command), { cards, wire: { command: (bytes, of) => (of === index ? clean.commands[index]! : bytes), answer: (bytes, of) => (of === index ? (seen.push(toHex(bytes)), bytes) : bytes) } });
      expect(seen).toEqual([REFUSED]);
    }
  });

  it("cannot bring the card out of its order: each step serves once, after the one before", () => {
    const [select, first, second, timed] = clean.commands as readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const refusals = (...commands: readonly Uint8Array[]): readonly string[] => {
      card.powerUp();
      return commands.map((command) => toHex(card.answer(command))).map((answer) => (answer.endsWith("9000") ? "ok" : answer));
    };
    expect(refusals(first, second, timed)).toEqual([REFUSED, REFUSED, REFUSED]);
    expect(refusals(select, second, first)).toEqual(["ok", REFUSED, REFUSED]);
    expect(refusals(select, timed, first)).toEqual(["ok", REFUSED, REFUSED]);
    expect(refusals(select, first, first, second)).toEqual(["ok", "ok", REFUSED, REFUSED]);
    expect(refusals(select, first, timed, second)).toEqual(["ok", "ok", REFUSED, REFUSED]);
  });

  it("cannot have a command with a length that it has not", () => {
    card.powerUp();
    for (const loose of [concat(SELECT_OWN, hex("0000")), SELECT_OWN.subarray(0, -1), hex("00a404")]) expect(toHex(card.answer(loose))).toBe(REFUSED);
  });

  it("cannot answer in the card's place what is timed, not even with the card's own words for another challenge", () => {
    const { commands: other } = clean;
    let real: Uint8Array | undefined;
    const end = through({ command: (bytes, of) => (of === TIMED ? ((real = bytes), other[TIMED]!) : bytes) });
    expect(end).toEqual(WRONG_PROOF);
    expect(real).not.toEqual(other[TIMED]);
    // Echoed back: the card's half of the channel has other keys than the car's.
    expect(through({ answer: (bytes, of) => (of === TIMED ? concat(real!.slice(5, -1), hex("9000")) : bytes) })).toEqual(WRONG_PROOF);
  });
});
