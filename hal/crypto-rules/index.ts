/** Rules that both crypto ports keep, so that they accept and refuse the same. */
export * from "./ed25519.ts";
export * from "./p256.ts";
export * from "./sizes.ts";
