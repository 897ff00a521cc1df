import { APDU_BYTES_MAX, type CardReader, type CardReaderEvent, type CardReaderListener } from "../card-reader/index.ts";
import type { OpenSerialLine, SerialLine } from "../serial-line/index.ts";
import { exchangeApdu, type ExchangeResult } from "./apdu-exchange.ts";
import { FEW_RETRIES, FIELD_OFF, GET_FIRMWARE_VERSION, LIST_ONE_TYPE_A, PN532_IC, readListed, RELEASE_ALL, SAM_CONFIGURATION, SET_PARAMETERS, WAKE_UP } from "./commands.ts";
import { encodeCommand } from "./frame.ts";
import type { Timer } from "./timer.ts";
import { FIRST_ACK_TIMEOUT_MS, Turns } from "./turn.ts";

/** The field is off for so long between two looks for a card: steady polling heats the chip and weakens its field. */
export const POLL_PAUSE_MS = 150;

/** The pause after the chip says that it is too hot. */
export const COOL_DOWN_MS = 5000;

/** A card that nobody asks anything for so long is let go as if it had been released. */
export const HOLD_IDLE_MS = 1500;

/** So many looks in a row without a card mean that it left: one may miss a card at the edge of the field. */
export const MISSES_TO_LEAVE = 2;

/** Waits before a silent reader is woken again: doubles from the first to the longest. */
export const RECOVER_FIRST_MS = 250;
export const RECOVER_LONGEST_MS = 30_000;

/** After so many wake-ups in vain the line is closed and opened anew. */
export const WAKES_PER_OPENING = 3;

/** Between closing the line and opening it anew: the port must be free again. */
const REOPEN_PAUSE_MS = 500;

/** How long the chip may take over what involves no card, and over one look for a card. */
const CHIP_TIMEOUT_MS = 500;
const LIST_TIMEOUT_MS = 1000;

export interface Pn532Options {
  readonly open: OpenSerialLine;
  readonly timer: Timer;
  /** One line for the log where the reader fails, and one when it is back. */
  readonly onTrouble: (message: string) => void;
  readonly listener: CardReaderListener;
}

/**
 * A PN532 on a serial line, from plugging in to plugging out and in again. It looks for a card in short bursts, holds it while it is asked,
 * and after its release waits until it is taken away. A reader that falls silent is broken off, woken, and at last opened anew,
 * for as long as it takes.
 */
export function createPn532Reader(options: Pn532Options): CardReader {
  return new Pn532Reader(options);
}

/** What listener and reader know of the card: `waiting` and `asked` belong to a talk, `released` lies there and must leave first. */
type CardState = "none" | "waiting" | "asked" | "released";

class Pn532Reader implements CardReader {
  readonly #options: Pn532Options;
  readonly #turns: Turns;
  #line: SerialLine | undefined;
  #openingCount = 0;
  #card: CardState = "none";
  #missCount = 0;
  #failureCount = 0;
  #closed = false;
  #cancelNext: () => void = () => undefined;

  constructor(options: Pn532Options) {
    this.#options = options;
    this.#turns = new Turns({ timer: options.timer, write: (bytes) => this.#line?.write(bytes) });
    this.#open();
  }

  ask(apdu: Uint8Array): boolean {
    if (apdu.length < 4 || apdu.length > APDU_BYTES_MAX) throw new RangeError(`a command APDU has 4 to ${APDU_BYTES_MAX} bytes, not ${apdu.length}`);
    if (this.#card !== "waiting") return false;
    this.#card = "asked";
    this.#cancelNext();
    exchangeApdu(this.#turns, this.#options.timer, apdu, (result) => this.#exchanged(result));
    return true;
  }

  release(): void {
    if (this.#card !== "waiting" && this.#card !== "asked") return;
    if (this.#card === "asked") this.#turns.abort();
    this.#letGo();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelNext();
    this.#turns.abort();
    this.#line?.write(encodeCommand(FIELD_OFF));
    await this.#line?.close();
  }

  #open(): void {
    const opening = ++this.#openingCount;
    const current = (): boolean => !this.#closed && opening === this.#openingCount;
    this.#line = this.#options.open({
      // It may say so from inside this call, before it is known here.
      opened: () => current() && this.#later(0, () => this.#wake(FIRST_ACK_TIMEOUT_MS)),
      received: (bytes) => current() && this.#turns.received(bytes),
      lost: (why) => current() && this.#lost(why),
    });
  }

  #lost(why: string): void {
    this.#say(`the line was lost (${why}); it is used again when it is back`);
    this.#failureCount += 1;
    this.#cancelNext();
    this.#turns.reset();
    this.#breakTalk();
  }

  #wake(ackTimeoutMs?: number): void {
    this.#turns.reset();
    const timeouts = { answerTimeoutMs: CHIP_TIMEOUT_MS, ...(ackTimeoutMs === undefined ? {} : { ackTimeoutMs }) };
    this.#turns.begin(SAM_CONFIGURATION, { before: WAKE_UP, ...timeouts }, (result) => {
      if (result.kind !== "answered") return this.#failed("it does not wake up");
      this.#command(GET_FIRMWARE_VERSION, (version) => {
        if (version[0] !== PN532_IC) return this.#failed(`it is no PN532: its chip calls itself ${version[0]?.toString(16) ?? "nothing"}`);
        this.#command(SET_PARAMETERS, () => this.#command(FEW_RETRIES, () => this.#ready()));
      });
    });
  }

  #ready(): void {
    if (this.#failureCount > 0) this.#say("it answers again");
    this.#failureCount = 0;
    this.#look();
  }

  #look(): void {
    this.#command(LIST_ONE_TYPE_A, (data) => this.#listed(data), LIST_TIMEOUT_MS);
  }

  #listed(data: Uint8Array): void {
    const listed = readListed(data);
    if (listed === undefined) return this.#failed("it answers a look for cards with nonsense");
    if (listed.kind === "card") {
      this.#missCount = 0;
      if (this.#card === "released") return this.#rest(POLL_PAUSE_MS);
      this.#card = "waiting";
      this.#later(HOLD_IDLE_MS, () => this.#letGo());
      return this.#tell({ kind: "cardEntered", ats: listed.ats });
    }
    if (this.#card === "released" && ++this.#missCount >= MISSES_TO_LEAVE) {
      this.#card = "none";
      this.#tell({ kind: "cardLeft" });
    }
    this.#rest(POLL_PAUSE_MS);
  }

  #exchanged(result: ExchangeResult): void {
    if (result.kind === "readerSilent") return this.#failed("it does not answer");
    if (result.kind === "answered") {
      this.#card = "waiting";
      this.#later(HOLD_IDLE_MS, () => this.#letGo());
      return this.#tell({ kind: "cardAnswered", bytes: result.bytes, elapsedMs: result.elapsedMs });
    }
    if (result.overheated) this.#say(`it is too hot and pauses for ${COOL_DOWN_MS / 1000} s`);
    this.#breakTalk();
    this.#rest(result.overheated ? COOL_DOWN_MS : POLL_PAUSE_MS);
  }

  #letGo(): void {
    this.#card = "released";
    this.#rest(POLL_PAUSE_MS);
  }

  /** A talk under way ends without an answer. A card that was released stays so: whatever happens to the reader, it must leave first. */
  #breakTalk(): void {
    if (this.#card !== "waiting" && this.#card !== "asked") return;
    this.#card = "none";
    this.#tell({ kind: "cardLeft" });
  }

  /** Card released, field off: the card forgets the talk, and the chip cools. */
  #rest(pauseMs: number): void {
    if (this.#closed) return;
    this.#cancelNext();
    this.#command(RELEASE_ALL, () => this.#command(FIELD_OFF, () => this.#later(pauseMs, () => this.#look())));
  }

  #command(command: Uint8Array, done: (data: Uint8Array) => void, answerTimeoutMs = CHIP_TIMEOUT_MS): void {
    this.#turns.begin(command, { answerTimeoutMs }, (result) => {
      if (result.kind === "answered") return done(result.data);
      this.#failed(result.kind === "refused" ? `it refuses command ${command[0]!.toString(16).padStart(2, "0")}` : "it does not answer");
    });
  }

  #failed(why: string): void {
    if (this.#failureCount === 0) this.#say(`${why}; it is woken again until it answers`);
    this.#failureCount += 1;
    this.#cancelNext();
    this.#turns.abort();
    this.#breakTalk();
    const waitMs = Math.min(RECOVER_FIRST_MS * 2 ** Math.min(this.#failureCount - 1, 20), RECOVER_LONGEST_MS);
    this.#later(waitMs, () => (this.#failureCount % WAKES_PER_OPENING === 0 ? this.#reopen() : this.#wake()));
  }

  #reopen(): void {
    this.#openingCount += 1;
    this.#turns.reset();
    this.#line?.close().catch((fault: unknown) => this.#say(`its line does not close: ${(fault as Error).message}`));
    this.#later(REOPEN_PAUSE_MS, () => this.#open());
  }

  /** The one thing that is to come; it replaces what was. */
  #later(delayMs: number, run: () => void): void {
    this.#cancelNext();
    if (!this.#closed) this.#cancelNext = this.#options.timer.after(delayMs, run);
  }

  #tell(event: CardReaderEvent): void {
    if (!this.#closed) this.#options.listener(event);
  }

  #say(message: string): void {
    this.#options.onTrouble(`card reader: ${message}`);
  }
}
