import { assert, concat, shortLived } from "../base/index.ts";

/** The longest message either way: clients drop what is longer. */
export const TESLA_MESSAGE_BYTES_MAX = 1024;

/** Pieces of one message follow each other within this. */
export const PIECE_GAP_MS = 1000;

const LENGTH_BYTES = 2;
const NOTHING = new Uint8Array(0);

/**
 * Messages out of the byte stream that a client writes: each a length (uint16 big endian) and so many bytes, cut anywhere. Holds one unfinished
 * message at most. A length that no message has, or a gap within a message, costs what was held and nothing more.
 */
export class MessageStream {
  private held: Uint8Array = NOTHING;
  private lastMs = 0;

  /** The messages that `piece` completes, in order; views of it where they lie within it. */
  accept(piece: Uint8Array, nowMs: number): readonly Uint8Array[] {
    const continues = this.held.length > 0 && nowMs - this.lastMs <= PIECE_GAP_MS;
    let rest = continues ? concat(this.held, piece) : piece;
    this.lastMs = nowMs;
    const messages: Uint8Array[] = [];
    while (rest.length >= LENGTH_BYTES) {
      const length = (rest[0]! << 8) | rest[1]!;
      if (length > TESLA_MESSAGE_BYTES_MAX) rest = NOTHING;
      if (rest.length < LENGTH_BYTES + length) break;
      if (length > 0) messages.push(rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
      rest = rest.length === LENGTH_BYTES + length ? NOTHING : rest.subarray(LENGTH_BYTES + length);
    }
    this.held = rest.length === 0 ? NOTHING : new Uint8Array(rest);
    return messages;
  }
}

/** `message` with its length before it, cut into pieces of `pieceBytes`. */
export function toPieces(message: Uint8Array, pieceBytes: number): readonly Uint8Array[] {
  assert(message.length <= TESLA_MESSAGE_BYTES_MAX, "a message of the Tesla dialect has 1024 bytes at most");
  const whole = shortLived(LENGTH_BYTES + message.length);
  whole[0] = message.length >> 8;
  whole[1] = message.length & 0xff;
  whole.set(message, LENGTH_BYTES);
  if (whole.length <= pieceBytes) return [whole];
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += pieceBytes) pieces.push(whole.slice(at, at + pieceBytes));
  return pieces;
}
