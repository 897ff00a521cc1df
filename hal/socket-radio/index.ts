/** Links between keys and a car over TCP instead of Bluetooth; docs/socket-radio.md is the format for other clients. */
export { formatAddress, isLoopback, isLoopbackHost, type SocketAddress, type UnixAddress } from "./address.ts";
export * from "./client.ts";
export { ATT_PAYLOAD_BYTES_MAX, ATT_PAYLOAD_BYTES_MIN, FRAMING_VERSION, IDENTITY_BYTES_MAX, RECORD_BYTES_MAX } from "./records.ts";
export * from "./server.ts";
export * from "./watch.ts";
export { RECORD_TIMEOUT_MS, WRITE_BACKLOG_BYTES_MAX } from "./stream.ts";
