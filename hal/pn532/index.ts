/** A PN532 reader of contactless cards on a serial line. */
export { ACK_TIMEOUT_MS, ASK_AGAIN_COUNT_MAX, FIRST_ACK_TIMEOUT_MS } from "./turn.ts";
export { CARD_TIMEOUT_MS } from "./apdu-exchange.ts";
export { BODY_BYTES_MAX, encodeCommand, FrameHunter, type Received } from "./frame.ts";
export { COOL_DOWN_MS, createPn532Reader, HOLD_IDLE_MS, MISSES_TO_LEAVE, POLL_PAUSE_MS, RECOVER_FIRST_MS, RECOVER_LONGEST_MS, WAKES_PER_OPENING, type Pn532Options } from "./reader.ts";
export { SYSTEM_TIMER, type Timer } from "./timer.ts";
