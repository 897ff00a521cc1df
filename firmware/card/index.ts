/** Key cards: what a reader says to them and how it judges their answers. */
export { parseResponse, RESPONSE_BYTES_MAX, type CommandApdu } from "./apdu.ts";
export * from "./exchange.ts";
export type { CardStep, CardType, KnownCards, ProvedCard } from "./proof.ts";
export { cardChannel, OWN_AID, OWN_CLASS, OWN_INSTRUCTIONS, TIMED_BYTES } from "./own.ts";
export { CARD_AID, CHALLENGE_BYTES, PHONE_AID, POINT_BYTES, SALT_BYTES } from "./tesla.ts";
