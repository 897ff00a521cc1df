export * from "./reasons.ts";
export * from "./words.ts";
export * from "./messages.ts";
export * from "./names.ts";
export * from "./codec.ts";
export { COMMAND_NUMBERS } from "./command-codec.ts";
export { CHALLENGE_BYTES, FAST_NONCE_BYTES, NOTICE_COUNT_MAX, RESOLVING_KEY_BYTES, TICKET_ID_BYTES } from "./car-message-codec.ts";
export * from "./pairing-uri.ts";
