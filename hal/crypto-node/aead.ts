import { createCipheriv, createDecipheriv } from "node:crypto";
import { assert } from "../../firmware/base/index.ts";
import type { AeadInput } from "../../firmware/ports/index.ts";
import { AEAD_PLAINTEXT_BYTES_MAX, AEAD_SIZES, hasAeadSizes } from "../crypto-rules/index.ts";

/** See `CryptoPort.aeadSeal`. */
export function aeadSeal(input: AeadInput, plaintext: Uint8Array): Uint8Array {
  assert(hasAeadSizes(input) && plaintext.length <= AEAD_PLAINTEXT_BYTES_MAX, "an AEAD is sealed with key, nonce and text of its sizes");
  const authTagLength = AEAD_SIZES[input.algorithm].tag;
  const cipher =
    input.algorithm === "ChaCha20-Poly1305"
      ? createCipheriv("chacha20-poly1305", input.key, input.nonce, { authTagLength })
      : createCipheriv("aes-128-ccm", input.key, input.nonce, { authTagLength });
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
  const decipher =
    input.algorithm === "ChaCha20-Poly1305"
      ? createDecipheriv("chacha20-poly1305", input.key, input.nonce, { authTagLength })
      : createDecipheriv("aes-128-ccm", input.key, input.nonce, { authTagLength });
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
