import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { Cipher } from "@noble/ciphers/utils.js";
import { expand } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { assert } from "../../firmware/base/index.ts";
import type { AeadInput, CryptoPort, RandomPort } from "../../firmware/ports/index.ts";
import { AEAD_PLAINTEXT_BYTES_MAX, AEAD_SIZES, assertExpandSizes, hasAeadSizes } from "../crypto-rules/index.ts";
import { agree, agreementPoint, generateAgreementKey, importAgreementKey } from "./agreement.ts";
import { cardBlock } from "./card-block.ts";
import { ccmOpen, ccmSeal } from "./aes-ccm.ts";
import { exportSigningKey, generateSigningKey, importSigningKey, isAcceptablePublicKey, sign, verify } from "./signature.ts";

/**
 * The crypto port in JavaScript alone, for engines without node:crypto: tweetnacl (Ed25519, X25519) and @noble (the rest).
 * Keys come from `random` only and every signature is deterministic, so the same randomness gives the same run.
 */
export function createPortableCrypto(options: { readonly random: RandomPort }): CryptoPort {
  return {
    sha256,
    sha1,
    hmacSha256: (key, data) => hmac(sha256, key, data),
    hkdfExpand(prk, info, length) {
      assertExpandSizes(prk, length);
      return expand(sha256, prk, info, length);
    },
    generateAgreementKey: (curve) => generateAgreementKey(curve, options.random),
    agree,
    generateSigningKey: (algorithm) => generateSigningKey(algorithm, options.random),
    sign,
    verify,
    isAcceptablePublicKey,
    exportSigningKey,
    importSigningKey,
    importAgreementKey,
    agreementPoint,
    cardBlock,
    aeadSeal,
    aeadOpen,
  };
}

function aeadSeal(input: AeadInput, plaintext: Uint8Array): Uint8Array {
  assert(hasAeadSizes(input) && plaintext.length <= AEAD_PLAINTEXT_BYTES_MAX, "an AEAD is sealed with key, nonce and text of its sizes");
  return libraryCipher(input)?.encrypt(plaintext) ?? ccmSeal({ ...input, tagBytes: AEAD_SIZES[input.algorithm].tag }, plaintext);
}

function aeadOpen(input: AeadInput, ciphertext: Uint8Array): Uint8Array | undefined {
  const tagBytes = AEAD_SIZES[input.algorithm].tag;
  if (!hasAeadSizes(input) || ciphertext.length < tagBytes || ciphertext.length > AEAD_PLAINTEXT_BYTES_MAX + tagBytes) return undefined;
  const cipher = libraryCipher(input);
  if (cipher === undefined) return ccmOpen({ ...input, tagBytes }, ciphertext);
  try {
    return cipher.decrypt(ciphertext);
  } catch {
    // The library's one way of saying that the tag is wrong: all sizes were checked above.
    return undefined;
  }
}

/** The library's own AEAD of that name; it has no CCM. */
function libraryCipher({ algorithm, key, nonce, aad }: AeadInput): Cipher | undefined {
  if (algorithm === "ChaCha20-Poly1305") return chacha20poly1305(key, nonce, aad);
  return algorithm === "A128GCM" ? gcm(key, nonce, aad) : undefined;
}
