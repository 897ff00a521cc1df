/** Unix sockets between a running car and the tools of its user. */
export * from "./channel.ts";
export * from "./console.ts";
export * from "./find.ts";
export * from "./paths.ts";
