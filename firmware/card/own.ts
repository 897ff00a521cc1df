import { concat, utf8Encode } from "../base/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { CHANNEL_KEY_BYTES, ProtectedChannel, type ChannelRole, type Exporter } from "../session/index.ts";
import { EXPORTER_LABELS } from "../wire/index.ts";
import { commandApdu, type CommandApdu } from "./apdu.ts";

/** Name of our application, in the proprietary range that needs no registration (ISO 7816-4 section 12.2.3), and its version. */
export const OWN_AID = concat(Uint8Array.of(0xf0), utf8Encode("latchkey"), Uint8Array.of(1));

/** Class and instructions of our application. */
export const OWN_CLASS = 0x80;
export const OWN_INSTRUCTIONS = { message1: 0x20, message2: 0x22, timed: 0x24 } as const;

/** Fresh bytes that the card sends back under the keys of its session, against the clock. */
export const TIMED_BYTES = 16;

const NO_CONTEXT = new Uint8Array(0);

/** One command of our application; every answer may have up to 256 bytes. */
export function ownCommand(instruction: keyof typeof OWN_INSTRUCTIONS, data?: Uint8Array): CommandApdu {
  return commandApdu([OWN_CLASS, OWN_INSTRUCTIONS[instruction], 0x00, 0x00], data, true);
}

/** The channel of the timed answer: Exporter(32780, h'', 88), the card in the place of the phone. */
export function cardChannel(crypto: CryptoPort, exporter: Exporter, role: ChannelRole): ProtectedChannel {
  return new ProtectedChannel(crypto, exporter(EXPORTER_LABELS.card, NO_CONTEXT, CHANNEL_KEY_BYTES), role);
}
