import { concat, equalBytes } from "../../firmware/base/index.ts";
import type { Scheduler } from "../hci/index.ts";
import type { Pn532Faults } from "./faulty-line.ts";
import type { VirtualCard } from "./virtual-card.ts";

/** Statuses of the chip (user manual UM0701-02 section 7.1). */
export const STATUS = { ok: 0x00, timeout: 0x01, bufferTooSmall: 0x07, overheated: 0x0d, wrongContext: 0x27 } as const;

const SPEAKS_14443_4 = 0x20;

/** Types of InAutoPoll that a card of type A answers (section 7.3.13): any at 106 kbit/s, Mifare, ISO 14443-4. */
const POLL_GENERIC_106 = 0x00;
const POLL_MIFARE = 0x10;
const POLL_ISO_14443_4A = 0x20;
const CARD_ANSWER_MS = 5;

/** Data bytes in one answer to the host. */
const PIECE_BYTES_MAX = 262;

/** The longest command that the chip gathers from pieces. */
const COMMAND_BYTES_MAX = 65_544;

const MORE = 0x40;

/** Takes status and data for the host. */
export type TargetAnswer = (status: number, data: Uint8Array) => void;

/** What the chip holds of a card in its field: at most one, selected by listing it. */
export class Target {
  /** The card in the field, whether or not it is selected. */
  card: VirtualCard | undefined;
  #selected: VirtualCard | undefined;
  #command: Uint8Array = new Uint8Array(0);
  #rest: Uint8Array = new Uint8Array(0);
  readonly #scheduler: Scheduler;
  readonly #faults: Pn532Faults;

  constructor(scheduler: Scheduler, faults: Pn532Faults) {
    this.#scheduler = scheduler;
    this.#faults = faults;
  }

  get isSelected(): boolean {
    return this.#selected !== undefined;
  }

  /** The selected card is still there. */
  get isPresent(): boolean {
    return this.#selected !== undefined && this.#selected === this.card;
  }

  get speaks14443(): boolean {
    return this.card !== undefined && (this.card.sak & SPEAKS_14443_4) !== 0;
  }

  deselect(): void {
    this.#selected = undefined;
    this.#command = new Uint8Array(0);
    this.#rest = new Uint8Array(0);
  }

  /** The field is off: the card has no power. */
  fieldLost(): void {
    this.deselect();
    this.card?.powerUp?.();
  }

  /** Selects the card in the field, where `uid` is empty or its own, and answers its record (section 7.3.5); undefined where there is none. */
  select(uid: Uint8Array, automaticRats: boolean): Uint8Array | undefined {
    this.deselect();
    const { card } = this;
    if (card === undefined || this.#faults.overheated || (uid.length > 0 && !equalBytes(uid, card.uid))) return undefined;
    this.#selected = card;
    const ats = this.speaks14443 && automaticRats ? Uint8Array.of(card.ats.length + 1, ...card.ats) : new Uint8Array(0);
    return concat(Uint8Array.of(0x01, card.atqa >> 8, card.atqa & 0xff, card.sak, card.uid.length), card.uid, ats);
  }

  /** InDataExchange with one piece of a command; the answer calls it off. */
  exchange(piece: Uint8Array, more: boolean, done: TargetAnswer): () => void {
    if (this.#command.length + piece.length > COMMAND_BYTES_MAX) return this.#soon(() => done(STATUS.bufferTooSmall, new Uint8Array(0)));
    this.#command = concat(this.#command, piece);
    if (more) return this.#soon(() => done(STATUS.ok, new Uint8Array(0)));
    const command = this.#command;
    this.#command = new Uint8Array(0);
    if (command.length === 0 && this.#rest.length > 0) return this.#soon(() => this.#hand(done));
    return this.transceive(command, (status, answer) => {
      this.#rest = answer;
      if (status === STATUS.ok) this.#hand(done);
      else done(status, new Uint8Array(0));
    });
  }

  /** One whole command to the card, and what comes back over the air. */
  transceive(command: Uint8Array, done: TargetAnswer): () => void {
    const card = this.#selected;
    if (card === undefined) return this.#soon(() => done(STATUS.wrongContext, new Uint8Array(0)));
    if (this.#faults.overheated) return this.#soon(() => done(STATUS.overheated, new Uint8Array(0)));
    const answerMs = (typeof card.answerMs === "function" ? card.answerMs(command) : card.answerMs) ?? CARD_ANSWER_MS;
    if (!Number.isFinite(answerMs)) return () => undefined;
    if (this.#faults.cardLeavesMidExchange) {
      this.#faults.cardLeavesMidExchange = false;
      this.card = undefined;
    }
    return this.#scheduler.after(answerMs, () => {
      const answer = this.isPresent ? card.answer(command) : undefined;
      done(answer === undefined ? STATUS.timeout : STATUS.ok, answer ?? new Uint8Array(0));
    });
  }

  #hand(done: TargetAnswer): void {
    const piece = this.#rest.slice(0, PIECE_BYTES_MAX);
    this.#rest = this.#rest.slice(PIECE_BYTES_MAX);
    done(this.#rest.length > 0 ? STATUS.ok | MORE : STATUS.ok, piece);
  }

  #soon(run: () => void): () => void {
    return this.#scheduler.after(1, run);
  }
}

/** The card in the field answers to this type of InAutoPoll. */
export function polledBy(type: number, target: Target): boolean {
  return target.card !== undefined && (type === POLL_GENERIC_106 || type === (target.speaks14443 ? POLL_ISO_14443_4A : POLL_MIFARE));
}
