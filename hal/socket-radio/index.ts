/** Links between keys and a car over TCP instead of Bluetooth; docs/socket-radio.md is the format for other clients. */
export { formatAddress, isLoopback, isLoopbackHost, type SocketAddress, type UnixAddress } from "./address.ts";
export * from "./client.ts";
export * from "./server.ts";
export { CARRIED_BYTES_MAX } from "./records.ts";
export { RECORD_TIMEOUT_MS } from "./stream.ts";
export * from "./watch.ts";
