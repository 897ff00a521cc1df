import { concat } from "../../firmware/base/index.ts";

/** The chip's side of the PN532's frames (user manual UM0701-02 section 6.2). */
export const ACK_FRAME = Uint8Array.of(0x00, 0x00, 0xff, 0x00, 0xff, 0x00);
export const ERROR_FRAME = Uint8Array.of(0x00, 0x00, 0xff, 0x01, 0xff, 0x7f, 0x81, 0x00);

const FROM_HOST = 0xd4;
const FROM_CHIP = 0xd5;

/** More than any host's frame: head, 265 bytes, check sum. */
const FRAME_BYTES_MAX = 7 + 265 + 1;

/** What the host sent: the command with its data, or one of the two short frames. */
export type HostFrame = { readonly kind: "ack" | "nack" } | { readonly kind: "command"; readonly command: Uint8Array };

/** The frame of an answer: code and data. */
export function answerFrame(answer: Uint8Array): Uint8Array {
  const length = answer.length + 1;
  const head = length <= 255 ? [length, 256 - length] : [0xff, 0xff, length >> 8, length & 0xff, -((length >> 8) + (length & 0xff)) & 0xff];
  return concat(Uint8Array.of(0x00, 0x00, 0xff, ...head, FROM_CHIP), answer, Uint8Array.of(-(FROM_CHIP + sum(answer)) & 0xff, 0x00));
}

/** Takes the host's bytes one by one; a frame that is wrong anywhere is dropped without a word, as the chip does. */
export class HostFrames {
  #held: number[] = [];

  /** The frame that `byte` completes. */
  take(byte: number): HostFrame | undefined {
    this.#held.push(byte);
    for (;;) {
      const read = this.#read();
      if (read === "more") return undefined;
      if (read !== "wrong") {
        this.#held = [];
        return read;
      }
      this.#held.shift();
    }
  }

  #read(): HostFrame | "more" | "wrong" {
    const held = this.#held;
    if (held.length === 0) return "more";
    if (held[0] !== 0x00 || (held.length > 1 && held[1] !== 0xff)) return "wrong";
    if (held.length < 4) return "more";
    if (held[2] === 0x00 && held[3] === 0xff) return { kind: "ack" };
    if (held[2] === 0xff && held[3] === 0x00) return { kind: "nack" };
    const extended = held[2] === 0xff && held[3] === 0xff;
    if (extended && held.length < 7) return "more";
    const start = extended ? 7 : 4;
    const length = extended ? held[4]! * 256 + held[5]! : held[2]!;
    if ((sum(held.slice(extended ? 4 : 2, start)) & 0xff) !== 0 || length < 2 || start + length + 1 > FRAME_BYTES_MAX) return "wrong";
    if (held.length < start + length + 1) return "more";
    const body = held.slice(start, start + length + 1);
    if ((sum(body) & 0xff) !== 0 || body[0] !== FROM_HOST) return "wrong";
    return { kind: "command", command: Uint8Array.from(body.slice(1, length)) };
  }
}

function sum(bytes: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < bytes.length; index++) total += bytes[index]!;
  return total;
}
