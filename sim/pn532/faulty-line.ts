import { concat } from "../../firmware/base/index.ts";
import type { Scheduler } from "../hci/index.ts";

/** What goes wrong on the way from the chip to the host, and in the chip; each until it is taken back. */
export interface Pn532Faults {
  /** Everything comes so much later. */
  lateMs: number;
  /** Bytes come one by one, each a millisecond after the other. */
  split: boolean;
  /** Each frame comes twice. */
  doubled: boolean;
  /** Stands before each frame. */
  noise: Uint8Array;
  /** So many answers have a wrong check sum; acknowledgements are spared. */
  badChecksumCount: number;
  /** The chip hears and says nothing. */
  silent: boolean;
  /** Its front end is too hot: no card is found, and the one held answers no more. */
  overheated: boolean;
  /** The card is pulled away while it thinks about its next answer. */
  cardLeavesMidExchange: boolean;
}

export function noFaults(): Pn532Faults {
  return { lateMs: 0, split: false, doubled: false, noise: new Uint8Array(0), badChecksumCount: 0, silent: false, overheated: false, cardLeavesMidExchange: false };
}

/** Carries frames to the host with the faults of the moment; bytes keep their order. */
export class FaultyLine {
  readonly faults = noFaults();
  readonly #scheduler: Scheduler;
  readonly #send: (bytes: Uint8Array) => void;
  #freeAtMs = 0;

  constructor(scheduler: Scheduler, send: (bytes: Uint8Array) => void) {
    this.#scheduler = scheduler;
    this.#send = send;
  }

  acknowledge(frame: Uint8Array): void {
    this.#carry(frame);
  }

  answer(frame: Uint8Array): void {
    if (this.faults.badChecksumCount === 0) return this.#carry(frame);
    this.faults.badChecksumCount -= 1;
    const wrong = frame.slice();
    wrong[wrong.length - 2]! ^= 0x01;
    this.#carry(wrong);
  }

  #carry(frame: Uint8Array): void {
    const { lateMs, split, doubled, noise, silent } = this.faults;
    if (silent) return;
    const once = concat(noise, frame);
    const bytes = doubled ? concat(once, once) : once;
    if (split) for (const byte of bytes) this.#after(lateMs, Uint8Array.of(byte), 1);
    else this.#after(lateMs, bytes, 0);
  }

  #after(lateMs: number, bytes: Uint8Array, spacingMs: number): void {
    const nowMs = this.#scheduler.nowMs();
    const atMs = Math.max(nowMs + lateMs, this.#freeAtMs);
    this.#freeAtMs = atMs + spacingMs;
    if (atMs <= nowMs) this.#send(bytes);
    else this.#scheduler.after(atMs - nowMs, () => this.#send(bytes));
  }
}
