/** The vehicle's side of the Tesla BLE protocol: envelopes, sessions and messages (docs/tesla.md). What a key may do is decided where it always is. */
export * from "./messages.ts";
export * from "./numbers.ts";
export { localNameOf, isVin } from "./local-name.ts";
export { MessageStream, TESLA_MESSAGE_BYTES_MAX, toPieces } from "./framing.ts";
export { POINT_BYTES, PEER_COUNT_MAX } from "./domain-session.ts";
export { pointOf, TeslaSessions, type Heard, type KnownKey, type Misbehaviour, type ReplyTo, type TeslaSessionParts } from "./sessions.ts";
export * from "./car-server-messages.ts";
export * from "./infotainment/index.ts";
