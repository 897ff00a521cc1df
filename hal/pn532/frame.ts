/** Frames of the PN532's serial line, as its user manual (UM0701-02 section 6.2) gives them. */

/** Frame identifier of what the host says, and of what the chip says. */
export const FROM_HOST = 0xd4;
export const FROM_CHIP = 0xd5;

/** The longest body: identifier, command and 263 bytes. */
export const BODY_BYTES_MAX = 265;

/** From the host it also breaks off a running command. */
export const ACK = Uint8Array.of(0x00, 0x00, 0xff, 0x00, 0xff, 0x00);

/** Asks for the last answer again. */
export const NACK = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x00, 0x00);

const START_BYTES = 2;
const NORMAL_BODY_MAX = 0xff;

/** The body of an error frame: the chip takes no such command. */
const ERROR_BODY = 0x7f;

/** What stands on the line. `damaged`: it began like a frame and its check sum is wrong. */
export type Received =
  | { readonly kind: "ack" | "nack" | "error" | "damaged" }
  /** A frame's body without its frame identifier: the answer's code and its data. */
  | { readonly kind: "answer"; readonly code: number; readonly data: Uint8Array };

/**
 * The frame of one command with its data; an extended one where a normal one cannot hold it.
 *
 * @throws RangeError where it is longer than the chip takes.
 */
export function encodeCommand(command: Uint8Array): Uint8Array {
  const length = command.length + 1;
  if (command.length === 0 || length > BODY_BYTES_MAX) throw new RangeError(`a PN532 command has 1 to ${BODY_BYTES_MAX - 1} bytes, not ${command.length}`);
  const high = length >> 8;
  const low = length & 0xff;
  const head = length <= NORMAL_BODY_MAX ? [length, -length & 0xff] : [0xff, 0xff, high, low, -(high + low) & 0xff];
  return Uint8Array.of(0x00, 0x00, 0xff, ...head, FROM_HOST, ...command, -(FROM_HOST + sum(command)) & 0xff, 0x00);
}

/**
 * Finds the chip's frames in what comes over the line, in any pieces and with anything between them. Holds less than one frame;
 * the work for a byte is bounded.
 */
export class FrameHunter {
  #held = new Uint8Array(0);

  /** The frames that `bytes` complete, in their order. */
  push(bytes: Uint8Array): readonly Received[] {
    const all = new Uint8Array(this.#held.length + bytes.length);
    all.set(this.#held);
    all.set(bytes, this.#held.length);
    const found: Received[] = [];
    let at = 0;
    for (;;) {
      at = startOfFrame(all, at);
      const frame = readFrame(all, at);
      if (frame === undefined) break;
      if (frame.received !== undefined) found.push(frame.received);
      at += frame.bytes;
    }
    this.#held = all.slice(at);
    return found;
  }

  /** Forgets a frame begun: the line was opened anew. */
  reset(): void {
    this.#held = new Uint8Array(0);
  }
}

/** Where the next `00 ff` stands, or where one may yet begin. */
function startOfFrame(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) if (bytes[at] === 0x00 && bytes[at + 1] === 0xff) return at;
  return bytes.length > from && bytes.at(-1) === 0x00 ? bytes.length - 1 : bytes.length;
}

/** The frame that starts at `at` and how far to go on; undefined where it is not complete. */
function readFrame(bytes: Uint8Array, at: number): { readonly received?: Received; readonly bytes: number } | undefined {
  const head = bytes.subarray(at + START_BYTES, at + START_BYTES + 5);
  if (head.length < 2) return undefined;
  if (head[0] === 0x00 && head[1] === 0xff) return { received: { kind: "ack" }, bytes: START_BYTES + 2 };
  if (head[0] === 0xff && head[1] === 0x00) return { received: { kind: "nack" }, bytes: START_BYTES + 2 };
  const extended = head[0] === 0xff && head[1] === 0xff;
  if (extended && head.length < 5) return undefined;
  const headBytes = START_BYTES + (extended ? 5 : 2);
  const length = extended ? head[2]! * 256 + head[3]! : head[0]!;
  // A wrong length is noise that looks like a start: the hunt goes on behind it, and nothing waits for what it claims.
  if (sum(head.subarray(extended ? 2 : 0, extended ? 5 : 2)) !== 0 || length === 0 || length > BODY_BYTES_MAX) return { bytes: START_BYTES };
  const body = bytes.subarray(at + headBytes, at + headBytes + length + 1);
  if (body.length < length + 1) return undefined;
  if (sum(body) !== 0) return { received: { kind: "damaged" }, bytes: START_BYTES };
  const whole = headBytes + length + 1;
  if (length === 1 && body[0] === ERROR_BODY) return { received: { kind: "error" }, bytes: whole };
  if (body[0] !== FROM_CHIP || length < 2) return { bytes: whole };
  return { received: { kind: "answer", code: body[1]!, data: body.slice(2, length) }, bytes: whole };
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0) & 0xff;
}
