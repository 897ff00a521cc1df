import { ecb } from "@noble/ciphers/aes.js";
import { sha1 } from "@noble/hashes/legacy.js";
import type { CryptoPort } from "../../firmware/ports/index.ts";
import { CARD_BLOCK_BYTES, CARD_KEY_BYTES } from "../crypto-rules/index.ts";
import { agree } from "./agreement.ts";

/** See `CryptoPort.cardBlock`. */
export const cardBlock: CryptoPort["cardBlock"] = (own, peerX, block, way) => {
  const shared = block.length === CARD_BLOCK_BYTES && own.curve === "P-256" ? agree(own, peerX) : undefined;
  if (shared === undefined) return undefined;
  const cipher = ecb(sha1(shared).subarray(0, CARD_KEY_BYTES), { disablePadding: true });
  return way === "encrypt" ? cipher.encrypt(block) : cipher.decrypt(block);
};
