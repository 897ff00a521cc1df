/** Key cards: what a reader says to them and how it judges their answers. */
export { parseResponse, RESPONSE_BYTES_MAX, type CommandApdu } from "./apdu.ts";
export * from "./exchange.ts";
export { cardProof, OWN_AID, OWN_CARD_SUITE, OWN_INS, OwnCardExchange, PROOF_CHALLENGE_BYTES, type OwnCardParts } from "./own.ts";
export { CARD_AID, CHALLENGE_BYTES, PHONE_AID, POINT_BYTES, SALT_BYTES } from "./tesla.ts";
