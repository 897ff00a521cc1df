import { byteStringAt } from "../cbor/index.ts";
import { FAST_NONCE_BYTES, TICKET_ID_BYTES } from "../wire/index.ts";

/** A message_3 and the protected command that may follow it; `command` is empty where none does. Both are views. */
export interface Message3Body {
  readonly message3: Uint8Array;
  readonly command: Uint8Array;
}

/** The CBOR sequence of an edhoc body that is no message_1; undefined where it does not begin with a byte string. */
export function splitMessage3(body: Uint8Array): Message3Body | undefined {
  const ciphertext3 = byteStringAt(body, 0);
  if (!ciphertext3.ok) return undefined;
  const end = ciphertext3.value.end;
  return { message3: body.subarray(0, end), command: body.subarray(end) };
}

/** What a phone shows to go on without a handshake. Views. */
export interface FastMessage {
  readonly ticketId: Uint8Array;
  readonly phoneNonce: Uint8Array;
  /** One COSE_Encrypt0. */
  readonly command: Uint8Array;
}

const BYTE_STRING = 0x40;
const ID_AT = 1;
const NONCE_AT = ID_AT + TICKET_ID_BYTES + 1;
const COMMAND_AT = NONCE_AT + FAST_NONCE_BYTES;

/** The parts of a fast body, `48 <ticket id> 50 <phone nonce> <COSE_Encrypt0>`; undefined for any other shape. */
export function readFastMessage(body: Uint8Array): FastMessage | undefined {
  if (body[0] !== (BYTE_STRING | TICKET_ID_BYTES) || body[NONCE_AT - 1] !== (BYTE_STRING | FAST_NONCE_BYTES)) return undefined;
  if (body.length <= COMMAND_AT) return undefined;
  return {
    ticketId: body.subarray(ID_AT, ID_AT + TICKET_ID_BYTES),
    phoneNonce: body.subarray(NONCE_AT, COMMAND_AT),
    command: body.subarray(COMMAND_AT),
  };
}

