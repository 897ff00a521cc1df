import { createCipheriv, createDecipheriv, hash } from "node:crypto";
import type { CryptoPort } from "../../firmware/ports/index.ts";
import { CARD_BLOCK_BYTES, CARD_KEY_BYTES } from "../crypto-rules/index.ts";
import { agree } from "./agreement.ts";
import { plain } from "./bytes.ts";

/** See `CryptoPort.cardBlock`. */
export const cardBlock: CryptoPort["cardBlock"] = (own, peerX, block, way) => {
  const shared = block.length === CARD_BLOCK_BYTES ? agree(own, peerX) : undefined;
  if (shared === undefined) return undefined;
  const key = hash("sha1", shared, "buffer").subarray(0, CARD_KEY_BYTES);
  const cipher = way === "encrypt" ? createCipheriv("aes-128-ecb", key, null) : createDecipheriv("aes-128-ecb", key, null);
  return plain(cipher.setAutoPadding(false).update(block));
};
