import { concat } from "../base/index.ts";

/** A command APDU as it goes to a card (ISO 7816-4 section 5.1). */
export type CommandApdu = Uint8Array;

/** What a card answers: data, and the status word of its last two bytes. */
export interface ResponseApdu {
  readonly data: Uint8Array;
  readonly status: number;
}

/** ISO 7816-4 section 5.1.3. */
export const STATUS_OK = 0x9000;
/** 61xx: xx more bytes wait; 6Cxx: the length should have been xx. */
const MORE_WAITS = 0x61;
const WRONG_LENGTH = 0x6c;

/** Short answers carry 256 bytes at most, and the status word. */
export const RESPONSE_BYTES_MAX = 258;

/** CLA, INS, P1, P2 and, where there is data, its length and bytes; with `le`, a last byte that asks for up to 256 bytes back. */
export function commandApdu(head: readonly [number, number, number, number], data: Uint8Array | undefined, le: boolean): CommandApdu {
  return concat(Uint8Array.from(head), data === undefined ? new Uint8Array(0) : concat(Uint8Array.of(data.length), data), le ? Uint8Array.of(0) : new Uint8Array(0));
}

/** SELECT by name (ISO 7816-4 section 11.2.2); `aid` may be given cut short. */
export function select(aid: Uint8Array): CommandApdu {
  return commandApdu([0x00, 0xa4, 0x04, 0x00], aid, false);
}

/** The answer in `bytes`; undefined where there is no status word, or more than a short answer holds. */
export function parseResponse(bytes: Uint8Array): ResponseApdu | undefined {
  if (bytes.length < 2 || bytes.length > RESPONSE_BYTES_MAX) return undefined;
  const end = bytes.length - 2;
  return { data: bytes.subarray(0, end), status: (bytes[end]! << 8) | bytes[end + 1]! };
}

/** What has to be sent before the answer to `command` is whole: GET RESPONSE, or the command again with the right length; undefined: it is whole. */
export function continuation(command: CommandApdu, { status }: ResponseApdu): CommandApdu | undefined {
  const [kind, length] = [status >> 8, status & 0xff];
  if (kind === MORE_WAITS) return Uint8Array.of(0x00, 0xc0, 0x00, 0x00, length);
  if (kind === WRONG_LENGTH && command.at(-1) === 0) return concat(command.subarray(0, -1), Uint8Array.of(length));
  return undefined;
}
