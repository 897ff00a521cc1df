import { APDU_BYTES_MAX } from "../card-reader/index.ts";
import { dataExchange, EXCHANGE_BYTES_MAX, readExchange, STATUS_OVERHEATED } from "./commands.ts";
import type { Timer } from "./timer.ts";
import type { TurnResult, Turns } from "./turn.ts";

/** How long a card may take over one command, all its pieces and its requests for more time together. */
export const CARD_TIMEOUT_MS = 3000;

export type ExchangeResult =
  | { readonly kind: "answered"; readonly bytes: Uint8Array; readonly elapsedMs: number }
  /** The talk with this card is over. `why` is for the log of the reader. */
  | { readonly kind: "broken"; readonly why: string; readonly overheated: boolean }
  /** The chip itself did not take the command. */
  | { readonly kind: "readerSilent" };

/** One command APDU to the card and its whole answer, in as many pieces as the chip needs. `done` is called once, later. */
export function exchangeApdu(turns: Turns, timer: Timer, apdu: Uint8Array, done: (result: ExchangeResult) => void): void {
  const startedAtMs = timer.nowMs();
  const answer: number[] = [];
  let sentBytes = 0;

  const sendNext = (): void => {
    const piece = apdu.subarray(sentBytes, sentBytes + EXCHANGE_BYTES_MAX);
    sentBytes += piece.length;
    const remainingMs = CARD_TIMEOUT_MS - (timer.nowMs() - startedAtMs);
    // No timer catches a chip that sends the next piece together with its acknowledgement.
    if (remainingMs <= 0) return broken("the card takes too long");
    turns.begin(dataExchange(piece, sentBytes < apdu.length), { answerTimeoutMs: remainingMs }, took);
  };

  const took = (result: TurnResult): void => {
    if (result.kind === "refused") return broken("the reader refuses the command");
    if (result.kind === "silent") {
      if (result.at === "ack") return done({ kind: "readerSilent" });
      turns.abort();
      return broken("the card takes too long");
    }
    const read = readExchange(result.data);
    if (read === undefined) return broken("the reader answers without a status");
    if (read.status !== 0) return broken(`the reader reports error ${read.status.toString(16).padStart(2, "0")}`, read.status === STATUS_OVERHEATED);
    if (sentBytes < apdu.length) return sendNext();
    if (answer.length + read.piece.length > APDU_BYTES_MAX) return broken(`the card's answer is longer than ${APDU_BYTES_MAX} bytes`);
    answer.push(...read.piece);
    if (read.more) return sendNext();
    if (answer.length < 2) return broken("the card's answer has no status word");
    done({ kind: "answered", bytes: Uint8Array.from(answer), elapsedMs: Math.ceil(timer.nowMs() - startedAtMs) });
  };

  const broken = (why: string, overheated = false): void => done({ kind: "broken", why, overheated });
  sendNext();
}
