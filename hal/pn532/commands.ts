/** The PN532 commands this driver uses (user manual UM0701-02 section 7), and their answers. */

/** Wakes the chip from power-on and power-down: it hears the edges, and the run of zeros gives its clock time to settle. */
export const WAKE_UP = Uint8Array.of(0x55, 0x55, ...new Uint8Array(14));

/** Normal mode, without the secure companion chip. Nothing else is taken before it. */
export const SAM_CONFIGURATION = Uint8Array.of(0x14, 0x01, 0x14, 0x01);

export const GET_FIRMWARE_VERSION = Uint8Array.of(0x02);

/** The chip's own number in its firmware version. */
export const PN532_IC = 0x32;

/** The chip itself asks a card for its ATS and speaks ISO 14443-4 with it. */
export const SET_PARAMETERS = Uint8Array.of(0x12, 0x14);

/** Looks for a card three times and no more: by default the chip looks for ever. */
export const FEW_RETRIES = Uint8Array.of(0x32, 0x05, 0x00, 0x01, 0x02);

export const FIELD_OFF = Uint8Array.of(0x32, 0x01, 0x00);

/** One card of type A at 106 kbit/s. The chip switches its field on by itself. */
export const LIST_ONE_TYPE_A = Uint8Array.of(0x4a, 0x01, 0x00);

export const RELEASE_ALL = Uint8Array.of(0x52, 0x00);

/** Data bytes that one InDataExchange carries. */
export const EXCHANGE_BYTES_MAX = 262;

const IN_DATA_EXCHANGE = 0x40;
const TARGET = 0x01;
const MORE_TO_COME = 0x40;

/** SEL_RES: this card speaks ISO 14443-4. */
const SPEAKS_14443_4 = 0x20;

/** Statuses that a driver treats apart. */
export const STATUS_OVERHEATED = 0x0d;

/** Hands the card a piece of a command; `more`: another piece follows. */
export function dataExchange(piece: Uint8Array, more: boolean): Uint8Array {
  return Uint8Array.of(IN_DATA_EXCHANGE, more ? TARGET | MORE_TO_COME : TARGET, ...piece);
}

/** An InDataExchange answer; undefined where there is none in `data`. */
export function readExchange(data: Uint8Array): { readonly status: number; readonly more: boolean; readonly piece: Uint8Array } | undefined {
  const first = data[0];
  return first === undefined ? undefined : { status: first & 0x3f, more: (first & MORE_TO_COME) !== 0, piece: data.subarray(1) };
}

/**
 * The card in an InListPassiveTarget answer: `none`; `other` for one that does not speak ISO 14443-4; its ATS without the length
 * byte; undefined where the answer holds together in no way.
 */
export function readListed(data: Uint8Array): { readonly kind: "none" | "other" } | { readonly kind: "card"; readonly ats: Uint8Array } | undefined {
  if (data.length === 1 && data[0] === 0) return { kind: "none" };
  const uidBytes = data[5];
  if (data[0] !== 1 || data[1] !== TARGET || uidBytes === undefined || data.length < 6 + uidBytes) return undefined;
  if ((data[4]! & SPEAKS_14443_4) === 0) return { kind: "other" };
  const ats = data.subarray(6 + uidBytes);
  if (ats.length === 0 || ats[0] !== ats.length) return undefined;
  return { kind: "card", ats: ats.slice(1) };
}
