import { assert, concat, equalBytes } from "../base/index.ts";
import type { AgreementKey, CryptoPort, RandomPort } from "../ports/index.ts";
import { continuation, parseResponse, RESPONSE_BYTES_MAX, STATUS_OK, type CommandApdu, type ResponseApdu } from "./apdu.ts";
import { OWN_AID, OwnCardExchange, type OwnCardParts } from "./own.ts";
import { authenticate, CARD_AID, CHALLENGE_BYTES, GET_PUBLIC_KEY, PHONE_AID, POINT_BYTES, SALT_BYTES, select } from "./tesla.ts";

/** Commands of one tap, continuations among them: a card that always has more to say is let go. */
export const COMMAND_COUNT_MAX = 13;

/** What comes next: another command, or the end. `publicKey` is x || y, 64 bytes; `answerMs`, how long the card took to prove itself. */
export type CardStep =
  | { readonly kind: "ask"; readonly command: CommandApdu }
  | { readonly kind: "proved"; readonly publicKey: Uint8Array; readonly answerMs: number }
  /** `notOurs`: no application of ours, or bytes that are none of its answers. `unknown`: the car has no use for this card. `wrongProof`. */
  | { readonly kind: "ended"; readonly why: "notOurs" | "unknown" | "wrongProof" };

export interface CardExchangeParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  /** The car's long-lived P-256 key towards cards. */
  readonly readerKey: AgreementKey;
  /** Whether a card with this public key (x || y) is to be asked for its proof. */
  readonly isWanted: (publicKey: Uint8Array) => boolean;
  /** Cards of our own type; without it they are let go. */
  readonly own?: Omit<OwnCardParts, "crypto" | "random">;
  /** Cards of our own type alone: others are let go. */
  readonly ownAlone?: boolean;
}

type State = { readonly at: "selectOwn" | "selectPhone" | "selectCard" | "publicKey" } | { readonly at: "own"; readonly exchange: OwnCardExchange } | { readonly at: "proof"; readonly publicKey: Uint8Array; readonly challenge: Uint8Array };

/**
 * The reader's side of one tap: a card of our own type (see {@link OwnCardExchange}), or else one of the Tesla type: select, public key, challenge. That one encrypts a fresh challenge under the key
 * that it shares with this car; twelve of its bytes decide. What the scheme does not give is in docs/card.md.
 */
export class CardExchange {
  private readonly parts: CardExchangeParts;
  private state: State;
  private command: CommandApdu;
  private commandCount = 1;
  private received: Uint8Array = new Uint8Array(0);
  /** Of all pieces of one answer: a relay must not buy time by saying that more will come. */
  private spentMs = 0;

  constructor(parts: CardExchangeParts) {
    this.parts = parts;
    this.state = { at: parts.own === undefined ? "selectPhone" : "selectOwn" };
    this.command = select(parts.own === undefined ? PHONE_AID : OWN_AID);
  }

  /** The first command. */
  start(): CommandApdu {
    return this.command;
  }

  /** @param elapsedMs from the command to this answer. */
  answered(bytes: Uint8Array, elapsedMs: number): CardStep {
    const response = parseResponse(bytes);
    if (response === undefined) return { kind: "ended", why: "notOurs" };
    this.received = concat(this.received, response.data);
    this.spentMs += elapsedMs;
    const rest = continuation(this.command, response);
    if (rest !== undefined && this.received.length <= RESPONSE_BYTES_MAX) return this.send(rest);
    const whole: ResponseApdu = { data: this.received, status: response.status };
    const spentMs = this.spentMs;
    this.received = new Uint8Array(0);
    this.spentMs = 0;
    return this.step(whole, spentMs);
  }

  private step({ data, status }: ResponseApdu, elapsedMs: number): CardStep {
    const { state } = this;
    if (state.at === "own") return this.pass(state.exchange.answered({ data, status }, elapsedMs));
    if (state.at === "selectOwn" && status !== STATUS_OK) {
      if (this.parts.ownAlone === true) return { kind: "ended", why: "notOurs" };
      this.state = { at: "selectPhone" };
      return this.send(select(PHONE_AID));
    }
    if (state.at === "selectPhone" && status !== STATUS_OK) {
      this.state = { at: "selectCard" };
      return this.send(select(CARD_AID));
    }
    if (status !== STATUS_OK) return { kind: "ended", why: state.at === "proof" ? "wrongProof" : "notOurs" };
    switch (state.at) {
      case "selectOwn": {
        const { crypto, random, own } = this.parts;
        const exchange = new OwnCardExchange({ crypto, random, ...own! });
        this.state = { at: "own", exchange };
        return this.send(exchange.start());
      }
      case "selectPhone":
      case "selectCard":
        this.state = { at: "publicKey" };
        return this.send(GET_PUBLIC_KEY);
      case "publicKey":
        return this.challenge(data);
      case "proof":
        return this.judge(state.publicKey, state.challenge, data, elapsedMs);
    }
  }

  private pass(step: CardStep): CardStep {
    return step.kind === "ask" ? this.send(step.command) : step;
  }

  private challenge(point: Uint8Array): CardStep {
    const { crypto, random, readerKey, isWanted } = this.parts;
    const publicKey = point.slice(1);
    if (point.length !== POINT_BYTES || point[0] !== 4 || !crypto.isAcceptablePublicKey("ES256", publicKey)) return { kind: "ended", why: "notOurs" };
    if (!isWanted(publicKey)) return { kind: "ended", why: "unknown" };
    const challenge = random.bytes(CHALLENGE_BYTES);
    this.state = { at: "proof", publicKey, challenge };
    return this.send(authenticate(crypto.agreementPoint(readerKey), challenge));
  }

  private judge(publicKey: Uint8Array, challenge: Uint8Array, answer: Uint8Array, elapsedMs: number): CardStep {
    const { crypto, readerKey } = this.parts;
    const block = crypto.cardBlock(readerKey, publicKey.subarray(0, 32), answer, "decrypt");
    const isProof = block !== undefined && equalBytes(block.subarray(SALT_BYTES), challenge.subarray(SALT_BYTES));
    return isProof ? { kind: "proved", publicKey, answerMs: elapsedMs } : { kind: "ended", why: "wrongProof" };
  }

  private send(command: CommandApdu): CardStep {
    assert(command.length > 0, "a command has bytes");
    if (++this.commandCount > COMMAND_COUNT_MAX) return { kind: "ended", why: "notOurs" };
    this.command = command;
    return { kind: "ask", command };
  }
}
