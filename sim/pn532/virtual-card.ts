/** A contactless card of type A, as a reader meets it. */
export interface VirtualCard {
  /** ATQA as tools print it, for example 0x0044. */
  readonly atqa: number;
  /** SAK; bit 0x20 says that it speaks ISO 14443-4. */
  readonly sak: number;
  /** 4, 7 or 10 bytes. */
  readonly uid: Uint8Array;
  /** Answer to select without its length byte (ISO 14443-4 section 5.2). */
  readonly ats: Uint8Array;
  /** How long it takes over an answer (default 5 ms); Infinity: it asks for more time for ever. */
  readonly answerMs?: number | ((apdu: Uint8Array) => number);
  /** It has lost its power, or comes to it: what it learned in the field is gone, and it may show another UID. */
  powerUp?(): void;
  /** The whole answer to a command APDU; undefined where it keeps silent. */
  answer(apdu: Uint8Array): Uint8Array | undefined;
}

/** A card that speaks ISO 7816-4 and holds no application: enough for tools that only look. */
export function blankCard(): VirtualCard {
  return {
    atqa: 0x0044,
    sak: 0x20,
    uid: Uint8Array.of(0x04, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e, 0x6f),
    ats: Uint8Array.of(0x78, 0x80, 0x70, 0x02),
    answer: (apdu) => (apdu.length >= 4 && apdu[1] === 0xa4 ? Uint8Array.of(0x6a, 0x82) : Uint8Array.of(0x6d, 0x00)),
  };
}
