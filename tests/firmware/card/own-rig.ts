import { expect } from "vitest";
import { concat, fromHex, toHex } from "../../../firmware/base/index.ts";
import { CardExchange, OWN_AID, type CardStep, type KnownCards } from "../../../firmware/card/index.ts";
import type { SignatureAlgorithm } from "../../../firmware/ports/index.ts";
import type { CarKeys } from "../../../firmware/session/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { OwnCard } from "../../../sim/card/index.ts";
import { seededRandom } from "../../support/random.ts";
import { exchangeParts, expecting, knowing } from "./exchange-parts.ts";

export const random = seededRandom("own card");
export const crypto = createNodeCrypto({ random });
export const parts = exchangeParts(crypto, random);
export const hex = (text: string): Uint8Array => fromHex(text)!;
export const SELECT_OWN = concat(hex("00a404000a"), OWN_AID);
export const REFUSED = "6985";

/** One command and its answer on the way; either may be changed there. */
export interface Wire {
  readonly command?: (command: Uint8Array, index: number) => Uint8Array;
  readonly answer?: (answer: Uint8Array, index: number) => Uint8Array;
}

/** Of the commands of an exchange with a card of our own type: 0 select, 1 message_1, 2 message_2 and _3, 3 the timed one. */
export const TIMED = 3;

export interface Run {
  readonly end: CardStep;
  readonly commands: readonly Uint8Array[];
  readonly answers: readonly Uint8Array[];
}

/** A tap: the car of `cards` and of `identity` with whatever answers. The card takes 180 ms, and 30 over what is timed. */
export function tap(answer: (command: Uint8Array) => Uint8Array, { cards = expecting, identity = parts.identity, wire = {} }: { readonly cards?: KnownCards; readonly identity?: CarKeys; readonly wire?: Wire } = {}): Run {
  const exchange = new CardExchange({ ...parts, identity, cards });
  const [commands, answers]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (let command = exchange.start(); ; ) {
    const index = commands.length;
    commands.push(command);
    const reply = answer(wire.command?.(command.slice(), index) ?? command);
    answers.push(reply);
    const end = exchange.answered(wire.answer?.(reply.slice(), index) ?? reply, index === TIMED ? 30 : 180);
    if (end.kind !== "ask") return { end, commands, answers };
    command = end.command;
  }
}

export const blank = (algorithm: SignatureAlgorithm = "Ed25519"): OwnCard => new OwnCard({ crypto, key: crypto.generateSigningKey(algorithm) });
export const keyIdOfCard = (card: OwnCard): string => toHex(crypto.sha256(card.coseKey).subarray(0, 8));

/** A card of the car's, and the car that knows it. */
export function enrolled(algorithm: SignatureAlgorithm = "Ed25519"): { readonly card: OwnCard; readonly cards: KnownCards } {
  const card = blank(algorithm);
  expect(tap((command) => card.answer(command)).end).toMatchObject({ kind: "proved", type: "own" });
  return { card, cards: knowing(new Map([[keyIdOfCard(card), card.coseKey]])) };
}

export const WRONG_PROOF = { kind: "ended", why: "wrongProof" };
