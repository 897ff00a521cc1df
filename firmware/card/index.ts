/** Key cards: what a reader says to them and how it judges their answers. */
export { parseResponse, RESPONSE_BYTES_MAX, type CommandApdu } from "./apdu.ts";
export * from "./exchange.ts";
export { CARD_AID, CHALLENGE_BYTES, PHONE_AID, POINT_BYTES, SALT_BYTES } from "./tesla.ts";
