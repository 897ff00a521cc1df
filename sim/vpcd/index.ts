import { concat } from "../../firmware/base/index.ts";

/** Controls of the virtual smart card reader of vsmartcard (vpcd): bodies of one byte. */
const POWER_OFF = 0;
const POWER_ON = 1;
const RESET = 2;
const SEND_ATR = 4;

export interface VpcdCardOptions {
  /** Answer to select without its length byte; the reader is told the ATR that PC/SC makes of it. */
  readonly ats: Uint8Array;
  /** The whole answer to a command APDU; undefined where the card keeps silent. */
  answer(apdu: Uint8Array): Uint8Array | undefined;
  /** Carries bytes to the reader. */
  send(bytes: Uint8Array): void;
}

/** A card in the virtual reader of a PC/SC daemon: each message is a length of two bytes, high byte first, and a body. */
export class VpcdCard {
  readonly #options: VpcdCardOptions;
  #held: Uint8Array = new Uint8Array(0);

  constructor(options: VpcdCardOptions) {
    this.#options = options;
  }

  /** Holds less than one message, 65,537 bytes at most. */
  receive(bytes: Uint8Array): void {
    let all = concat(this.#held, bytes);
    for (;;) {
      const length = all.length < 2 ? Infinity : all[0]! * 256 + all[1]!;
      if (all.length < 2 + length) break;
      const body = all.slice(2, 2 + length);
      all = all.slice(2 + length);
      this.#take(body);
    }
    this.#held = all;
  }

  #take(body: Uint8Array): void {
    if (body.length === 0) return;
    if (body.length > 1) return this.#send(this.#options.answer(body) ?? new Uint8Array(0));
    if (body[0] === SEND_ATR) return this.#send(atrOf(this.#options.ats));
    // What the card has learned so far lives in the card; these have no answer.
    if (body[0] === POWER_OFF || body[0] === POWER_ON || body[0] === RESET) return;
    this.#send(new Uint8Array(0));
  }

  #send(body: Uint8Array): void {
    this.#options.send(concat(Uint8Array.of(body.length >> 8, body.length & 0xff), body));
  }
}

/** The ATR that stands for a contactless card (PC/SC part 3, section 3.1.3.2.3.1): the historical bytes of its ATS, at most 15, in a fixed frame. */
export function atrOf(ats: Uint8Array): Uint8Array {
  const format = ats[0] ?? 0;
  const interfaceBytes = [0x10, 0x20, 0x40].filter((bit) => (format & bit) !== 0).length;
  const historical = ats.slice(1 + interfaceBytes, 1 + interfaceBytes + 15);
  const checked = Uint8Array.of(0x80 | historical.length, 0x80, 0x01, ...historical);
  return Uint8Array.of(0x3b, ...checked, checked.reduce((sum, byte) => sum ^ byte, 0));
}
