import { concat, utf8Encode } from "../base/index.ts";
import { commandApdu, type CommandApdu } from "./apdu.ts";

/** Names of the application: phones answer to the first, cards and fobs to the second. Either may be given cut short. */
export const PHONE_AID = concat(Uint8Array.of(0xf4), utf8Encode("eslaLogic"));
export const CARD_AID = utf8Encode("teslaLogic");

/** Uncompressed point: 4 || x || y. */
export const POINT_BYTES = 65;
export const CHALLENGE_BYTES = 16;
/** Of the challenge, what a card may overwrite with a salt of its own; the rest decides. */
export const SALT_BYTES = 4;

/** Of key slot 0, the only one in use. */
export const GET_PUBLIC_KEY: CommandApdu = commandApdu([0x80, 0x04, 0x00, 0x00], undefined, true);

/** @param readerPoint the car's public point, 65 bytes. @param challenge 16 fresh bytes. */
export function authenticate(readerPoint: Uint8Array, challenge: Uint8Array): CommandApdu {
  return commandApdu([0x80, 0x11, 0x00, 0x00], concat(readerPoint, challenge), true);
}
