import { createHmac, hash } from "node:crypto";
import type { CryptoPort, RandomPort } from "../../firmware/ports/index.ts";
import { assertExpandSizes } from "../crypto-rules/index.ts";
import { aeadOpen, aeadSeal } from "./aead.ts";
import { agree, agreementPoint, generateAgreementKey, importAgreementKey } from "./agreement.ts";
import { plain } from "./bytes.ts";
import { cardBlock } from "./card-block.ts";
import { nodeSignatures } from "./signature.ts";

export { CACHED_KEY_COUNT_MAX } from "./public-keys.ts";

const HASH_BYTES = 32;

/** The crypto port over node:crypto. Keys come from `random` only; private keys stay in OpenSSL's memory once made. */
export function createNodeCrypto(options: { readonly random: RandomPort }): CryptoPort {
  return {
    sha256: (data) => plain(hash("sha256", data, "buffer")),
    sha1: (data) => plain(hash("sha1", data, "buffer")),
    hmacSha256,
    hkdfExpand,
    generateAgreementKey: (curve) => generateAgreementKey(curve, options.random),
    agree,
    importAgreementKey,
    agreementPoint,
    cardBlock,
    ...nodeSignatures(options.random),
    aeadSeal,
    aeadOpen,
  };
}

function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return plain(createHmac("sha256", key).update(data).digest());
}

/** T(i) = HMAC(PRK, T(i-1) || info || i) (RFC 5869 section 2.3); node's own hkdf always extracts first. */
function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  assertExpandSizes(prk, length);
  const out = new Uint8Array(length);
  // T(i-1) || info || i in one buffer: each call into OpenSSL costs as much as hashing it.
  const message = new Uint8Array(HASH_BYTES + info.length + 1);
  message.set(info, HASH_BYTES);
  for (let offset = 0, counter = 1; offset < length; offset += HASH_BYTES, counter++) {
    message[message.length - 1] = counter;
    const block = createHmac("sha256", prk).update(counter === 1 ? message.subarray(HASH_BYTES) : message).digest();
    message.set(block);
    out.set(length - offset < HASH_BYTES ? block.subarray(0, length - offset) : block, offset);
  }
  return out;
}
