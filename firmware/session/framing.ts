import { assert, concat, err, ok, shortLived, type Result } from "../base/index.ts";

/** What a message is, in the low bits of its first frame (docs/protocol.md, "Frames and messages"). Numbers go over the air. */
export const MESSAGE_KINDS = { edhoc: 1, protected: 2, fast: 3, refused: 4, challenge: 5 } as const;
export type MessageKind = keyof typeof MESSAGE_KINDS;

/** ATT payloads: 23 - 3 bytes of the smallest MTU, and the longest attribute value (Bluetooth Core 5.4 Vol 3 Part F section 3.2.9). */
export const ATT_PAYLOAD_BYTES_MIN = 20;
export const ATT_PAYLOAD_BYTES_MAX = 512;

/** A message must be complete this long after its first frame: 52 frames of 20 bytes at a slow 30 ms connection interval take 1.6 s. */
export const MESSAGE_TIMEOUT_MS = 2000;

/** A whole message as it was sent. */
export interface Message {
  readonly kind: MessageKind;
  readonly body: Uint8Array;
}

/** Why a frame closes its link. */
export type FrameFault =
  | "frame-length" // no header, no piece, or more than an ATT payload
  | "unknown-kind"
  | "out-of-turn" // a later frame without a first one, or a first one inside a message
  | "out-of-step" // an index that is not the next
  | "too-long" // more than the message bound in force
  | "too-late"; // more than MESSAGE_TIMEOUT_MS after the first frame

const FIRST = 0x80;
const LAST = 0x40;
const LOW_BITS = 0x3f;

const KIND_OF = new Map<number, MessageKind>((Object.keys(MESSAGE_KINDS) as MessageKind[]).map((kind) => [MESSAGE_KINDS[kind], kind]));

/**
 * The frames of one message, in order: one header byte and a piece each, none longer than `attPayloadBytes`.
 *
 * Header: bit 7 first, bit 6 last, bits 5..0 the kind in the first frame and the index modulo 64 in later ones.
 */
export function fragment(kind: MessageKind, body: Uint8Array, attPayloadBytes: number): Uint8Array[] {
  assert(
    attPayloadBytes >= ATT_PAYLOAD_BYTES_MIN && attPayloadBytes <= ATT_PAYLOAD_BYTES_MAX,
    "an ATT payload holds 20 to 512 bytes",
  );
  assert((kind === "refused") === (body.length === 0), "a refusal is empty and nothing else is");
  const pieceBytes = attPayloadBytes - 1;
  const count = Math.max(1, Math.ceil(body.length / pieceBytes));
  const frames: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const piece = body.subarray(index * pieceBytes, (index + 1) * pieceBytes);
    const frame = shortLived(1 + piece.length);
    frame[0] = (index === 0 ? FIRST | MESSAGE_KINDS[kind] : index & LOW_BITS) | (index === count - 1 ? LAST : 0);
    frame.set(piece, 1);
    frames.push(frame);
  }
  return frames;
}

/**
 * Puts the messages of one direction of a link together again. Holds one unfinished message, never more than the bound in force
 * when its last frame came; every frame of it but an empty refusal brings at least one byte, so frames are bounded as bytes are.
 *
 * After a fault nothing of the message is kept; the caller closes the link.
 */
export class Reassembler {
  private readonly messageBytesMax: () => number;
  private unfinished: { kind: MessageKind; pieces: Uint8Array[]; bytes: number; deadlineMs: number } | undefined;

  /** `messageBytesMax` is asked at each frame: the bound grows when the peer is authenticated. */
  constructor(messageBytesMax: () => number) {
    this.messageBytesMax = messageBytesMax;
  }

  /** When the message under way must be complete, monotonic; undefined where none is. */
  get deadlineMs(): number | undefined {
    return this.unfinished?.deadlineMs;
  }

  /** The message that `frame` completes, undefined where more must come, or the fault that closes the link. Keeps no reference. */
  accept(frame: Uint8Array, nowMs: number): Result<Message | undefined, FrameFault> {
    const result = this.take(frame, nowMs);
    if (!result.ok) this.unfinished = undefined;
    return result;
  }

  private take(frame: Uint8Array, nowMs: number): Result<Message | undefined, FrameFault> {
    const header = frame[0];
    if (header === undefined || frame.length > ATT_PAYLOAD_BYTES_MAX) return err("frame-length");
    if (this.unfinished !== undefined && nowMs >= this.unfinished.deadlineMs) return err("too-late");
    return (header & FIRST) !== 0 ? this.first(header, frame, nowMs) : this.later(header, frame);
  }

  private first(header: number, frame: Uint8Array, nowMs: number): Result<Message | undefined, FrameFault> {
    if (this.unfinished !== undefined) return err("out-of-turn");
    const kind = KIND_OF.get(header & LOW_BITS);
    if (kind === undefined) return err("unknown-kind");
    const body = frame.slice(1);
    const last = (header & LAST) !== 0;
    if (kind === "refused" ? body.length > 0 || !last : body.length === 0) return err("frame-length");
    if (body.length > this.messageBytesMax()) return err("too-long");
    if (last) return ok({ kind, body });
    this.unfinished = { kind, pieces: [body], bytes: body.length, deadlineMs: nowMs + MESSAGE_TIMEOUT_MS };
    return ok(undefined);
  }

  private later(header: number, frame: Uint8Array): Result<Message | undefined, FrameFault> {
    const message = this.unfinished;
    if (message === undefined) return err("out-of-turn");
    if ((header & LOW_BITS) !== (message.pieces.length & LOW_BITS)) return err("out-of-step");
    if (frame.length < 2) return err("frame-length");
    message.bytes += frame.length - 1;
    if (message.bytes > this.messageBytesMax()) return err("too-long");
    message.pieces.push(frame.slice(1));
    if ((header & LAST) === 0) return ok(undefined);
    this.unfinished = undefined;
    return ok({ kind: message.kind, body: concat(...message.pieces) });
  }
}
