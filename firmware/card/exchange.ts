import { assert, concat } from "../base/index.ts";
import { continuation, parseResponse, RESPONSE_BYTES_MAX, select, STATUS_OK, type CommandApdu } from "./apdu.ts";
import { OWN_AID } from "./own.ts";
import { OwnProof, type OwnProofParts } from "./own-proof.ts";
import type { CardProof, CardStep } from "./proof.ts";
import { CARD_AID, PHONE_AID } from "./tesla.ts";
import { TeslaProof, type TeslaProofParts } from "./tesla-proof.ts";

/** Commands of one tap, continuations among them: a card that always has more to say is let go. */
export const COMMAND_COUNT_MAX = 13;

export type CardExchangeParts = OwnProofParts & TeslaProofParts;

interface Application {
  readonly aid: Uint8Array;
  readonly prove: (parts: CardExchangeParts) => CardProof;
}

/** In the order in which a card is asked for them: the stronger type first. */
const APPLICATIONS: readonly Application[] = [
  { aid: OWN_AID, prove: (parts) => new OwnProof(parts) },
  { aid: PHONE_AID, prove: (parts) => new TeslaProof(parts) },
  { aid: CARD_AID, prove: (parts) => new TeslaProof(parts) },
];

/** The reader's side of one tap: it finds out which of our applications the card has, and asks it for its proof. */
export class CardExchange {
  private readonly parts: CardExchangeParts;
  /** Of {@link APPLICATIONS}, the one that is asked for. */
  private asked = 0;
  private proof: CardProof | undefined;
  private command: CommandApdu = select(APPLICATIONS[0]!.aid);
  private commandCount = 1;
  private received: Uint8Array = new Uint8Array(0);
  /** What the answer has taken so far, all its pieces together: a relay must not buy time by saying that there is more. */
  private elapsedMs = 0;

  constructor(parts: CardExchangeParts) {
    this.parts = parts;
  }

  /** The first command. */
  start(): CommandApdu {
    return this.command;
  }

  /** @param elapsedMs from the command that was sent last to this answer. */
  answered(bytes: Uint8Array, elapsedMs: number): CardStep {
    const response = parseResponse(bytes);
    if (response === undefined) return { kind: "ended", why: "notOurs" };
    this.received = concat(this.received, response.data);
    this.elapsedMs += elapsedMs;
    const rest = continuation(this.command, response);
    if (rest !== undefined && this.received.length <= RESPONSE_BYTES_MAX) return this.send(rest);
    const data = response.status === STATUS_OK ? this.received : undefined;
    const tookMs = this.elapsedMs;
    this.received = new Uint8Array(0);
    this.elapsedMs = 0;
    return this.step(data, tookMs);
  }

  private step(data: Uint8Array | undefined, elapsedMs: number): CardStep {
    if (this.proof !== undefined) {
      const step = this.proof.answered(data, elapsedMs);
      return step.kind === "ask" ? this.send(step.command) : step;
    }
    if (data === undefined) {
      const next = APPLICATIONS[++this.asked];
      return next === undefined ? { kind: "ended", why: "notOurs" } : this.send(select(next.aid));
    }
    this.proof = APPLICATIONS[this.asked]!.prove(this.parts);
    return this.send(this.proof.begin());
  }

  private send(command: CommandApdu): CardStep {
    assert(command.length > 0, "a command has bytes");
    if (++this.commandCount > COMMAND_COUNT_MAX) return { kind: "ended", why: "notOurs" };
    this.command = command;
    return { kind: "ask", command };
  }
}
