import type { CryptoPort } from "../../../firmware/ports/index.ts";
import { overlaid } from "../../../sim/attack/index.ts";
import { weak } from "./weaknesses.ts";

const believing = (crypto: CryptoPort): CryptoPort => overlaid(crypto, { verify: () => true });

export const CAR_BELIEVES = weak("signatures that the car does not check", { crypto: believing });

export const PHONE_BELIEVES = weak("signatures that the phone does not check", { phoneCrypto: believing });

export const LOW_ORDER = weak("key agreement with any point", { crypto: (crypto) => overlaid(crypto, { agree: (own, peer) => crypto.agree(own, peer) ?? new Uint8Array(32) }) });

export const ANY_KEY = weak("public keys that nobody looks at", { crypto: (crypto) => overlaid(crypto, { isAcceptablePublicKey: () => true }) });

/** Opens by the tag's first bytes, or by none: stream ciphers decrypt with what encrypts. */
const tagsOf = (byteCount: number) => (crypto: CryptoPort): CryptoPort => overlaid(crypto, {
  aeadOpen: (input, ciphertext) => {
    const genuine = crypto.aeadOpen(input, ciphertext);
    const length = ciphertext.length - (byteCount > 0 ? byteCount : 16);
    if (genuine !== undefined || length < 0) return genuine;
    const plaintext = crypto.aeadSeal(input, ciphertext.slice(0, length)).slice(0, length);
    const tag = crypto.aeadSeal(input, plaintext).slice(length, length + byteCount);
    return tag.every((byte, index) => byte === ciphertext[length + index]) ? plaintext : undefined;
  },
});

export const SHORT_TAGS = weak("tags of four bytes", { crypto: tagsOf(4) });

export const NO_TAGS = weak("tags that are not checked", { crypto: tagsOf(0) });

const oneKeyShare = (crypto: CryptoPort): CryptoPort => {
  const made = crypto.generateAgreementKey("X25519");
  return overlaid(crypto, { generateAgreementKey: (curve) => (curve === "X25519" ? made : crypto.generateAgreementKey(curve)) });
};

export const ONE_KEY_SHARE = weak("one key share for all", { crypto: oneKeyShare });

export const ONE_PHONE_KEY_SHARE = weak("a phone with one key share", { phoneCrypto: oneKeyShare });

const unsealed = (crypto: CryptoPort): CryptoPort => overlaid(crypto, {
  aeadSeal: (_input, plaintext) => Uint8Array.from([...plaintext, ...new Uint8Array(16)]),
  aeadOpen: (_input, ciphertext) => (ciphertext.length < 16 ? undefined : ciphertext.slice(0, -16)),
});

export const NOTHING_ENCRYPTED = weak("a cipher that leaves everything as it is", { crypto: unsealed, phoneCrypto: unsealed });
