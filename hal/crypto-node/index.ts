import { createHmac, hash } from "node:crypto";
import type { CryptoPort, RandomPort } from "../../firmware/ports/index.ts";
import { assertExpandSizes } from "../crypto-rules/index.ts";
import { aeadOpen, aeadSeal } from "./aead.ts";
import { agree, generateAgreementKey, importAgreementKey } from "./agreement.ts";
import { plain } from "./bytes.ts";
import { nodeSignatures } from "./signature.ts";

export { CACHED_KEY_COUNT_MAX } from "./public-keys.ts";

/** The crypto port over node:crypto. Keys come from `random` only; private keys stay in OpenSSL's memory once made. */
export function createNodeCrypto(options: { readonly random: RandomPort }): CryptoPort {
  return {
    sha256: (data) => plain(hash("sha256", data, "buffer")),
    hmacSha256,
    hkdfExpand,
    generateAgreementKey: (curve) => generateAgreementKey(curve, options.random),
    agree,
    importAgreementKey,
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
  let block: Uint8Array = new Uint8Array(0);
  for (let offset = 0, counter = 1; offset < length; offset += 32, counter++) {
    const hmac = createHmac("sha256", prk);
    if (offset > 0) hmac.update(block);
    block = hmac.update(info).update(Uint8Array.of(counter)).digest();
    out.set(length - offset < 32 ? block.subarray(0, length - offset) : block, offset);
  }
  return out;
}
