/** The vehicle's side of the Tesla BLE protocol: envelopes, sessions and messages (docs/tesla.md). What a key may do is decided where it always is. */
export * from "./messages.ts";
