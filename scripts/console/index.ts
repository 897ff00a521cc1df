/** Unix sockets between a running car and the tools of its user. */
export { PIECE_BYTES_MAX } from "./update-door.ts";
export * from "./channel.ts";
export * from "./console.ts";
export * from "./find.ts";
export * from "./paths.ts";
