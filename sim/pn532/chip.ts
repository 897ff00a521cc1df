import { concat } from "../../firmware/base/index.ts";
import type { Scheduler } from "../hci/index.ts";
import { FaultyLine, type Pn532Faults } from "./faulty-line.ts";
import { ACK_FRAME, answerFrame, ERROR_FRAME, HostFrames } from "./frame.ts";
import { polledBy, STATUS, Target } from "./target.ts";
import type { VirtualCard } from "./virtual-card.ts";

/** Edges and zeros the sleeping chip needs before it hears a frame. */
export const WAKE_BYTES = 10;

/** How long the chip takes over an acknowledgement, an answer, and one look for a card. */
const ACK_MS = 1;
const ANSWER_MS = 1;
const LOOK_MS = 5;

const AUTOMATIC_RATS = 0x10;
const FOR_EVER = 0xff;
const POLL_PERIOD_MS = 150;

/** Block formats of ISO 14443-4 but for their number bit. */
const I_BLOCK = 0x02;
const R_ACK = 0xa2;
const R_NAK = 0xb2;

export interface Pn532Options {
  readonly scheduler: Scheduler;
  /** Carries bytes to the host. */
  readonly send: (bytes: Uint8Array) => void;
  /** A host has looked for a card and found none: whoever taps again by hand knows that the last one was missed. */
  readonly lookedInVain?: () => void;
}

/**
 * A PN532 as a byte machine on a serial line (user manual UM0701-02), asleep as after power-on, with at most one card in its field.
 * It answers what an initiator's host asks; for card emulation and unknown commands it has the error frame.
 */
export class VirtualPn532 {
  readonly faults: Pn532Faults;
  readonly #lookedInVain: (() => void) | undefined;
  readonly #scheduler: Scheduler;
  readonly #line: FaultyLine;
  #frames = new HostFrames();
  readonly #target: Target;
  readonly #registers = new Map<number, number>();
  #wakeByteCount = 0;
  #awake = false;
  #configured = false;
  #fieldOn = false;
  #parameters = AUTOMATIC_RATS;
  #passiveRetryCount = FOR_EVER;
  #lastAnswer: Uint8Array | undefined;
  #cancel: () => void = () => undefined;
  /** Looks again when a card comes: a look that lasts for ever. */
  #onCard: (() => void) | undefined;

  constructor(options: Pn532Options) {
    this.#scheduler = options.scheduler;
    this.#lookedInVain = options.lookedInVain;
    this.#line = new FaultyLine(options.scheduler, options.send);
    this.faults = this.#line.faults;
    this.#target = new Target(options.scheduler, this.faults);
  }

  /** What it is at, for whoever watches. */
  get state(): { readonly awake: boolean; readonly fieldOn: boolean; readonly cardSelected: boolean } {
    return { awake: this.#awake, fieldOn: this.#fieldOn, cardSelected: this.#target.isSelected };
  }

  /** Lays `card` at the reader, in place of any other. */
  tap(card: VirtualCard): void {
    card.powerUp?.();
    this.#target.card = card;
    this.#onCard?.();
  }

  removeCard(): void {
    this.#target.card = undefined;
  }

  /** As power cut and given again. */
  restart(): void {
    this.#breakOff();
    this.#sleep();
    this.#registers.clear();
    this.#parameters = AUTOMATIC_RATS;
    this.#passiveRetryCount = FOR_EVER;
    this.#lastAnswer = undefined;
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (!this.#awake) this.#hearAsleep(byte);
      const frame = this.#awake ? this.#frames.take(byte) : undefined;
      if (frame === undefined || this.faults.silent) continue;
      if (frame.kind === "command") this.#command(frame.command);
      else if (frame.kind === "ack") this.#breakOff();
      else this.#sendLastAnswer();
    }
  }

  #hearAsleep(byte: number): void {
    this.#wakeByteCount = byte === 0x55 || byte === 0x00 ? this.#wakeByteCount + 1 : 0;
    if (this.#wakeByteCount < WAKE_BYTES) return;
    this.#wakeByteCount = 0;
    this.#awake = true;
  }

  #sleep(): void {
    this.#frames = new HostFrames();
    this.#awake = false;
    this.#wakeByteCount = 0;
    this.#configured = false;
    this.#fieldOn = false;
    this.#target.fieldLost();
  }

  #breakOff(): void {
    this.#cancel();
    this.#cancel = () => undefined;
    this.#onCard = undefined;
  }

  #sendLastAnswer(): void {
    if (this.#lastAnswer !== undefined) this.#line.answer(this.#lastAnswer);
  }

  #command(command: Uint8Array): void {
    this.#breakOff();
    // Before SAMConfiguration the chip is in its low-battery mode and takes nothing else.
    if (!this.#configured && command[0] !== 0x14) return;
    this.#cancel = this.#scheduler.after(ACK_MS, () => {
      this.#line.acknowledge(ACK_FRAME);
      this.#run(command[0]!, command.subarray(1));
    });
  }

  #run(code: number, data: Uint8Array): void {
    const answer = this.#immediate(code, data);
    if (answer !== undefined) return this.#later(ANSWER_MS, () => this.#answer(code, answer));
    const slow = this.#slow[code];
    if (slow === undefined || !slow(data)) this.#later(ANSWER_MS, () => this.#send(ERROR_FRAME));
  }

  /** Answers of commands in which no card takes part; undefined for another command, or one asked wrongly. */
  #immediate(code: number, data: Uint8Array): Uint8Array | undefined {
    const nothing = new Uint8Array(0);
    switch (code) {
      case 0x00:
        return this.#diagnose(data);
      case 0x02:
        return Uint8Array.of(0x32, 0x01, 0x06, 0x07);
      case 0x04:
        return Uint8Array.of(0x00, this.#fieldOn ? 1 : 0, ...(this.#target.isSelected ? [1, 1, 0, 0, 0x10] : [0]), 0x80);
      case 0x06:
        return data.length % 2 === 0 ? Uint8Array.from({ length: data.length / 2 }, (_, index) => this.#registers.get(data[2 * index]! * 256 + data[2 * index + 1]!) ?? 0) : undefined;
      case 0x08:
        if (data.length % 3 !== 0) return undefined;
        for (let at = 0; at < data.length; at += 3) this.#registers.set(data[at]! * 256 + data[at + 1]!, data[at + 2]!);
        return nothing;
      case 0x10:
        return data.length === 1 && data[0]! <= 8 ? nothing : undefined;
      case 0x12:
        if (data.length !== 1) return undefined;
        this.#parameters = data[0]!;
        return nothing;
      case 0x14:
        if (data.length < 1 || data[0]! < 1 || data[0]! > 4) return undefined;
        this.#configured = true;
        return nothing;
      case 0x32:
        return this.#configureField(data) ? nothing : undefined;
      case 0x44:
      case 0x52:
        return this.#deselect(data);
      case 0x54:
        return data.length === 1 ? Uint8Array.of(this.#target.isSelected ? STATUS.ok : STATUS.wrongContext) : undefined;
      default:
        return undefined;
    }
  }

  #diagnose(data: Uint8Array): Uint8Array | undefined {
    const echo = 0x00;
    const cardPresence = 0x06;
    if (data[0] === echo) return data.slice();
    if (data[0] !== cardPresence) return undefined;
    return Uint8Array.of(!this.#target.isSelected ? STATUS.wrongContext : this.#target.isPresent ? STATUS.ok : STATUS.timeout);
  }

  #configureField(data: Uint8Array): boolean {
    const lengths: Readonly<Record<number, number>> = { 0x01: 1, 0x02: 3, 0x04: 1, 0x05: 3, 0x0a: 11, 0x0b: 8, 0x0c: 3, 0x0d: 9 };
    if (data.length !== 1 + (lengths[data[0] ?? 0] ?? -1)) return false;
    if (data[0] === 0x01) {
      this.#fieldOn = (data[1]! & 1) !== 0;
      if (!this.#fieldOn) this.#target.fieldLost();
    }
    if (data[0] === 0x05) this.#passiveRetryCount = data[3]!;
    return true;
  }

  #deselect(data: Uint8Array): Uint8Array | undefined {
    if (data.length !== 1) return undefined;
    const known = data[0] === 0 || this.#target.isSelected;
    this.#target.deselect();
    return Uint8Array.of(known ? STATUS.ok : STATUS.wrongContext);
  }

  /** Commands that take time; false for one asked wrongly. */
  readonly #slow: Readonly<Record<number, (data: Uint8Array) => boolean>> = {
    0x16: (data) => this.#powerDown(data),
    0x40: (data) => this.#exchange(data),
    0x42: (data) => this.#communicateThrough(data),
    0x4a: (data) => this.#listPassive(data),
    0x60: (data) => this.#autoPoll(data),
  };

  #powerDown(data: Uint8Array): boolean {
    if (data.length < 1) return false;
    this.#scheduler.after(ANSWER_MS, () => {
      this.#answer(0x16, Uint8Array.of(STATUS.ok));
      this.#sleep();
    });
    return true;
  }

  #exchange(data: Uint8Array): boolean {
    if (data.length < 1) return false;
    const more = (data[0]! & 0x40) !== 0;
    if ((data[0]! & 0x3f) !== 1) {
      this.#later(ANSWER_MS, () => this.#answer(0x40, Uint8Array.of(STATUS.wrongContext)));
      return true;
    }
    this.#cancel = this.#target.exchange(data.slice(1), more, (status, answer) => this.#answer(0x40, concat(Uint8Array.of(status), answer)));
    return true;
  }

  /** Raw bytes to the card: one unchained I-block gets its answer, R(NAK) an R(ACK) (ISO 14443-4 section 7.1), anything else no card answers. */
  #communicateThrough(data: Uint8Array): boolean {
    const block = data[0] ?? 0;
    const isPing = (block & 0xfe) === R_NAK && data.length === 1;
    if (this.#target.isPresent && (block & 0xfe) === I_BLOCK) {
      this.#cancel = this.#target.transceive(data.slice(1), (status, answer) => {
        this.#answer(0x42, status === STATUS.ok ? Uint8Array.of(status, block, ...answer) : Uint8Array.of(status));
      });
      return true;
    }
    const answer = this.#target.isPresent && isPing ? Uint8Array.of(STATUS.ok, R_ACK | (block & 1)) : Uint8Array.of(STATUS.timeout);
    this.#later(LOOK_MS, () => this.#answer(0x42, answer));
    return true;
  }

  #listPassive(data: Uint8Array): boolean {
    if (data.length < 2 || data[0]! < 1 || data[0]! > 2 || data[1]! > 4) return false;
    this.#fieldOn = true;
    const look = (): Uint8Array | undefined => (data[1] === 0 ? this.#target.select(data.slice(2), this.#automaticRats) : undefined);
    const answerNow = (): void => {
      const record = look();
      if (record === undefined) this.#lookedInVain?.();
      // The number of the target stands before its record.
      this.#answer(0x4a, record === undefined ? Uint8Array.of(0) : Uint8Array.of(1, ...record));
    };
    if (this.#passiveRetryCount === FOR_EVER && (data[1] !== 0 || this.#target.card === undefined || this.faults.overheated)) {
      this.#onCard = () => this.#later(LOOK_MS, answerNow);
      return true;
    }
    this.#later(this.#target.card === undefined ? LOOK_MS * (this.#passiveRetryCount + 1) : LOOK_MS, answerNow);
    return true;
  }

  #autoPoll(data: Uint8Array): boolean {
    const polls = data[0] ?? 0;
    if (data.length < 3 || data.length > 17 || polls === 0 || data[1]! < 1 || data[1]! > 0x0f) return false;
    const types = data.slice(2);
    const periodMs = data[1]! * POLL_PERIOD_MS;
    this.#fieldOn = true;
    // One type a period, in the host's order, and round again.
    const poll = (turn: number): void => {
      const record = polledBy(types[turn % types.length]!, this.#target) ? this.#target.select(new Uint8Array(0), this.#automaticRats) : undefined;
      if (record !== undefined) return this.#answer(0x60, Uint8Array.of(1, types[turn % types.length]!, record.length, ...record));
      if (polls !== FOR_EVER && turn + 1 >= polls * types.length) return this.#answer(0x60, Uint8Array.of(0));
      this.#later(periodMs, () => poll(turn + 1));
    };
    this.#later(LOOK_MS, () => poll(0));
    return true;
  }

  get #automaticRats(): boolean {
    return (this.#parameters & AUTOMATIC_RATS) !== 0;
  }

  #answer(code: number, data: Uint8Array): void {
    this.#onCard = undefined;
    this.#send(answerFrame(concat(Uint8Array.of(code + 1), data)));
  }

  #send(frame: Uint8Array): void {
    this.#lastAnswer = frame;
    this.#line.answer(frame);
  }

  #later(delayMs: number, run: () => void): void {
    this.#cancel = this.#scheduler.after(delayMs, run);
  }
}
