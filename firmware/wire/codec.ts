/**
 * The bytes of what is said inside a protected session.
 *
 * Command: array `[number, arguments...]`; arguments at the end that a command may go without are left out, never null.
 * Reply: map `{0: code, ?1: body, ?2: [ticket id, car nonce], ?3: resolving key, ?4: [[pending id, what, target or null, due in s]...]}`;
 * a part that is empty is left out. Push: map `{5: {latch id: state}}`. Both are deterministic CBOR and nothing but.
 */
export { decodeCommand, encodeCommand } from "./command-codec.ts";
export { decodeCarMessage, encodeCarMessage } from "./car-message-codec.ts";
