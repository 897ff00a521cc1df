import { concat } from "../base/index.ts";
import { encodeSequence } from "../cbor/index.ts";
import { EMPTY, encStructure } from "../cose/index.ts";
import type { AeadInput, CryptoPort } from "../ports/index.ts";
import { HASH_BYTES, type Suite } from "./suites.ts";

/** First argument of EDHOC_KDF for each thing derived (RFC 9528 section 4.1.2). */
export const KDF_LABELS = {
  keystream2: 0,
  salt3e2m: 1,
  mac2: 2,
  key3: 3,
  iv3: 4,
  salt4e3m: 5,
  mac3: 6,
  prkOut: 7,
  key4: 8,
  iv4: 9,
  prkExporter: 10,
  keyUpdate: 11,
} as const;

/** The longest output of one HKDF-Expand with SHA-256 (RFC 5869 section 2.3). */
export const KDF_BYTES_MAX = 255 * HASH_BYTES;

// Head of a byte string as long as a hash.
const HASH_HEAD = Uint8Array.of(0x58, HASH_BYTES);

/** EDHOC_KDF (RFC 9528 section 4.1.2): Expand with info = label, context, length as a CBOR sequence. `length` at most {@link KDF_BYTES_MAX}. */
export function kdf(crypto: CryptoPort, prk: Uint8Array, label: number, context: Uint8Array, length: number): Uint8Array {
  return crypto.hkdfExpand(prk, encodeSequence(label, context, length), length);
}

/** A hash as a CBOR byte string. */
export function hashItem(hash: Uint8Array): Uint8Array {
  return concat(HASH_HEAD, hash);
}

/** TH_2 = H( bstr(G_Y), bstr(H(message_1)) ) (section 5.3.2). */
export function transcript2(crypto: CryptoPort, keyShareY: Uint8Array, message1Hash: Uint8Array): Uint8Array {
  return crypto.sha256(concat(HASH_HEAD, keyShareY, HASH_HEAD, message1Hash));
}

/** TH_3 and TH_4 = H( bstr(previous TH), PLAINTEXT, CRED ) (sections 5.4.2 and 5.5.2). */
export function nextTranscript(
  crypto: CryptoPort,
  previous: Uint8Array,
  plaintext: Uint8Array,
  credential: Uint8Array,
): Uint8Array {
  return crypto.sha256(concat(HASH_HEAD, previous, plaintext, credential));
}

/** PRK_3e2m or PRK_4e3m of a role with a static key: the shared secret mixed into the PRK before it (section 4.1.1). */
export function mixStatic(
  crypto: CryptoPort,
  prk: Uint8Array,
  saltLabel: number,
  transcript: Uint8Array,
  sharedSecret: Uint8Array,
): Uint8Array {
  return crypto.hmacSha256(kdf(crypto, prk, saltLabel, transcript, HASH_BYTES), sharedSecret);
}

/** `text` xored with KEYSTREAM_2: PLAINTEXT_2 from CIPHERTEXT_2 and back (section 5.3.2). At most {@link KDF_BYTES_MAX} bytes. */
export function xorKeystream2(crypto: CryptoPort, prk2e: Uint8Array, transcript: Uint8Array, text: Uint8Array): Uint8Array {
  const keystream = kdf(crypto, prk2e, KDF_LABELS.keystream2, transcript, text.length);
  const out = text.slice();
  for (let i = 0; i < out.length; i++) out[i]! ^= keystream[i]!;
  return out;
}

/** Key, nonce and additional data of message_3 (from PRK_3e2m and TH_3). */
export function message3Aead(crypto: CryptoPort, suite: Suite, prk3e2m: Uint8Array, transcript: Uint8Array): AeadInput {
  return {
    algorithm: suite.aead,
    key: kdf(crypto, prk3e2m, KDF_LABELS.key3, transcript, suite.keyBytes),
    nonce: kdf(crypto, prk3e2m, KDF_LABELS.iv3, transcript, suite.ivBytes),
    aad: encStructure(EMPTY, transcript),
  };
}

/** Key, nonce and additional data of message_4 (from PRK_4e3m and TH_4). */
export function message4Aead(crypto: CryptoPort, suite: Suite, prk4e3m: Uint8Array, transcript: Uint8Array): AeadInput {
  return {
    algorithm: suite.aead,
    key: kdf(crypto, prk4e3m, KDF_LABELS.key4, transcript, suite.keyBytes),
    nonce: kdf(crypto, prk4e3m, KDF_LABELS.iv4, transcript, suite.ivBytes),
    aad: encStructure(EMPTY, transcript),
  };
}
