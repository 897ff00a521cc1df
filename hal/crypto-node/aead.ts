import { createCipheriv, createDecipheriv, type CipherCCM, type CipherChaCha20Poly1305, type CipherGCM, type DecipherCCM, type DecipherChaCha20Poly1305, type DecipherGCM } from "node:crypto";
import { assert } from "../../firmware/base/index.ts";
import type { AeadInput } from "../../firmware/ports/index.ts";
import { AEAD_PLAINTEXT_BYTES_MAX, AEAD_SIZES, hasAeadSizes } from "../crypto-rules/index.ts";

// Node types each cipher by the literal of its name, so the names stand in calls of their own.
function cipherFor({ algorithm, key, nonce }: AeadInput, authTagLength: number): CipherGCM | CipherCCM | CipherChaCha20Poly1305 {
  if (algorithm === "ChaCha20-Poly1305") return createCipheriv("chacha20-poly1305", key, nonce, { authTagLength });
  return algorithm === "A128GCM" ? createCipheriv("aes-128-gcm", key, nonce, { authTagLength }) : createCipheriv("aes-128-ccm", key, nonce, { authTagLength });
}

function decipherFor({ algorithm, key, nonce }: AeadInput, authTagLength: number): DecipherGCM | DecipherCCM | DecipherChaCha20Poly1305 {
  if (algorithm === "ChaCha20-Poly1305") return createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength });
  return algorithm === "A128GCM" ? createDecipheriv("aes-128-gcm", key, nonce, { authTagLength }) : createDecipheriv("aes-128-ccm", key, nonce, { authTagLength });
}

/** See `CryptoPort.aeadSeal`. */
export function aeadSeal(input: AeadInput, plaintext: Uint8Array): Uint8Array {
  assert(hasAeadSizes(input) && plaintext.length <= AEAD_PLAINTEXT_BYTES_MAX, "an AEAD is sealed with key, nonce and text of its sizes");
  const authTagLength = AEAD_SIZES[input.algorithm].tag;
  const cipher = cipherFor(input, authTagLength);
  cipher.setAAD(input.aad, { plaintextLength: plaintext.length });
  const sealed = new Uint8Array(plaintext.length + authTagLength);
  sealed.set(cipher.update(plaintext));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plaintext.length);
  return sealed;
}

/** See `CryptoPort.aeadOpen`. */
export function aeadOpen(input: AeadInput, ciphertext: Uint8Array): Uint8Array | undefined {
  const authTagLength = AEAD_SIZES[input.algorithm].tag;
  const length = ciphertext.length - authTagLength;
  if (!hasAeadSizes(input) || length < 0 || length > AEAD_PLAINTEXT_BYTES_MAX) return undefined;
  const decipher = decipherFor(input, authTagLength);
  try {
    decipher.setAuthTag(ciphertext.subarray(length));
    decipher.setAAD(input.aad, { plaintextLength: length });
    // Also for zero bytes: in CCM it is update() that checks the tag, and with OpenSSL 3.0 final() takes any tag without it.
    const plaintext = Uint8Array.from(decipher.update(ciphertext.subarray(0, length)));
    decipher.final();
    return plaintext;
  } catch {
    // Node's one way of saying that the tag is wrong: all sizes were checked above.
    return undefined;
  }
}
