export * from "./framing.ts";
export * from "./channel.ts";
export * from "./identity.ts";
export * from "./pairing-proof.ts";
export * from "./limits.ts";
export * from "./link-event.ts";
export * from "./outcome.ts";
export * from "./sessions.ts";
export type { CarKeys } from "./handshake.ts";
