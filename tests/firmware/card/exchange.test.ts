import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../../firmware/base/index.ts";
import { CardExchange, COMMAND_COUNT_MAX, type CardStep } from "../../../firmware/card/index.ts";
import { keyIdOf, publicKeyOf } from "../../../firmware/cose/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { TeslaCard } from "../../../sim/card/index.ts";
import { seededRandom } from "../../support/random.ts";
import { exchangeParts, expecting, KNOWING_NONE } from "./exchange-parts.ts";

const random = seededRandom("exchange");
const crypto = createNodeCrypto({ random });
const hex = (text: string): Uint8Array => fromHex(text)!;
const parts = exchangeParts(crypto, random);

function exchangeWith(cards = expecting): CardExchange {
  return new CardExchange({ ...parts, cards });
}

/** Lets `answer` speak until the exchange has an end. */
function run(exchange: CardExchange, answer: (command: Uint8Array) => Uint8Array): { readonly end: CardStep; readonly commands: readonly string[] } {
  const commands: string[] = [];
  let command = exchange.start();
  for (;;) {
    commands.push(toHex(command));
    const step = exchange.answered(answer(command), 100);
    if (step.kind !== "ask") return { end: step, commands };
    command = step.command;
  }
}

const card = (form: "card" | "phone" = "card"): TeslaCard => new TeslaCard({ crypto, key: crypto.generateAgreementKey("P-256"), form, ...(form === "phone" ? { random } : {}) });

describe("an exchange with a card", () => {
  it.each(["card", "phone"] as const)("proves a %s, whichever name it answers to", (form) => {
    const held = card(form);
    const { end, commands } = run(exchangeWith(), (command) => held.answer(command));
    const publicKey = publicKeyOf("ES256", held.point.slice(1));
    expect(end).toEqual({ kind: "proved", type: "tesla", keyId: toHex(keyIdOf(crypto, publicKey)), coseKey: publicKey.coseKey, answerMs: 100 });
    expect(commands).toHaveLength(form === "card" ? 5 : 4);
  });

  it("asks a card for no proof that it has no use for", () => {
    const held = card();
    const { end, commands } = run(exchangeWith(KNOWING_NONE), (command) => held.answer(command));
    expect(end).toEqual({ kind: "ended", why: "unknown" });
    expect(commands.some((command) => command.startsWith("8011"))).toBe(false);
  });

  it("asks a card for no proof that has the id of one of the car's and another key", () => {
    const held = card();
    const other = publicKeyOf("ES256", card().point.slice(1)).coseKey;
    const { end } = run(exchangeWith({ isEnrolling: () => false, coseKeyOf: () => other }), (command) => held.answer(command));
    expect(end).toEqual({ kind: "ended", why: "unknown" });
  });

  it("takes an answer in pieces, and sends a command again with the length that a card asks for", () => {
    const held = card("phone");
    let waiting: Uint8Array = new Uint8Array(0);
    const { end } = run(exchangeWith(), (command) => {
      if (command[1] === 0xc0) {
        const piece = waiting.slice(0, 30);
        waiting = waiting.slice(30);
        return concat(piece, waiting.length > 0 ? Uint8Array.of(0x61, Math.min(30, waiting.length)) : hex("9000"));
      }
      if (command[1] === 0x04 && command.at(-1) === 0) return hex("6c41");
      const answer = held.answer(command);
      if (answer.length <= 40) return answer;
      waiting = answer.slice(0, -2);
      return hex("611e");
    });
    expect(end).toMatchObject({ kind: "proved" });
  });

  it("counts the time of all pieces of an answer, and of a command sent again: saying that there is more buys none", () => {
    for (const [stall, times] of [["6100", 3], ["6c10", 1]] as const) {
      const held = card();
      let [left, proof]: [number, Uint8Array] = [times, new Uint8Array(0)];
      const { end } = run(exchangeWith(), (command) => {
        const isProof = command[1] === 0x11 || command[1] === 0xc0;
        if (command[1] === 0x11 && left === times) proof = held.answer(command);
        if (!isProof) return held.answer(command);
        return left-- > 0 ? hex(stall) : proof;
      });
      // Each step of a run takes 100 ms.
      expect([stall, end]).toEqual([stall, expect.objectContaining({ kind: "proved", answerMs: 100 * (1 + times) })]);
    }
  });

  it.each([
    ["nothing", ""],
    ["half a status word", "90"],
    ["another application's answer", "6a82"],
    ["more than a short answer holds", "00".repeat(257) + "9000"],
    ["a key that is no point of the curve", `04${"11".repeat(64)}9000`],
    ["a compressed key", `02${"11".repeat(32)}9000`],
    ["a key of another length", `04${"11".repeat(63)}9000`],
    ["an answer that never ends", "6110"],
    ["a length that is never right", "6c00"],
  ])("ends where the card says %s", (_, answer) => {
    const { end, commands } = run(exchangeWith(), (command) => (answer.length > 20 && command[1] === 0xa4 ? hex(command[5] === 0xf0 ? "6a82" : "9000") : hex(answer)));
    expect(end).toEqual({ kind: "ended", why: "notOurs" });
    expect(commands.length).toBeLessThanOrEqual(COMMAND_COUNT_MAX);
  });

  it.each([["an error", "6f00"], ["a block of zeros", `${"00".repeat(16)}9000`], ["fifteen bytes", `${"00".repeat(15)}9000`], ["nothing", "9000"]])("takes %s for no proof", (_, answer) => {
    const held = card();
    const { end } = run(exchangeWith(), (command) => (command[1] === 0x11 ? hex(answer) : held.answer(command)));
    expect(end).toEqual({ kind: "ended", why: "wrongProof" });
  });

  it("takes no recorded proof for a second challenge", () => {
    const held = card();
    // A command without what is fresh in it: the first bytes.
    const nameOf = (command: Uint8Array): string => toHex(command.subarray(0, 6));
    const recorded = new Map<string, Uint8Array>();
    run(exchangeWith(), (command) => {
      const answer = held.answer(command);
      recorded.set(nameOf(command), answer);
      return answer;
    });
    expect(run(exchangeWith(), (command) => recorded.get(nameOf(command))!).end).toEqual({ kind: "ended", why: "wrongProof" });
  });
});
