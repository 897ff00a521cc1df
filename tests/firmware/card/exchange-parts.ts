import type { CardExchangeParts, KnownCards } from "../../../firmware/card/index.ts";
import { publicKeyOf } from "../../../firmware/cose/index.ts";
import type { CryptoPort, RandomPort } from "../../../firmware/ports/index.ts";
import type { CarKeys } from "../../../firmware/session/index.ts";

/** An owner waits for a card. */
export const expecting: KnownCards = { isEnrolling: () => true, coseKeyOf: () => undefined };
/** A car without cards that expects none. */
export const KNOWING_NONE: KnownCards = { isEnrolling: () => false, coseKeyOf: () => undefined };
/** A car with these cards, by key id. */
export const knowing = (cards: ReadonlyMap<string, Uint8Array>): KnownCards => ({ isEnrolling: () => false, coseKeyOf: (keyId) => cards.get(keyId) });

export function newCarKeys(crypto: CryptoPort): CarKeys {
  const signingKeys = { Ed25519: crypto.generateSigningKey("Ed25519"), ES256: crypto.generateSigningKey("ES256") };
  return { signingKeys, publicKeys: { Ed25519: publicKeyOf("Ed25519", signingKeys.Ed25519.publicKey), ES256: publicKeyOf("ES256", signingKeys.ES256.publicKey) } };
}

/** A car's end of exchanges, with keys of its own; an owner waits for a card. */
export function exchangeParts(crypto: CryptoPort, random: RandomPort): CardExchangeParts {
  return { crypto, random, readerKey: crypto.generateAgreementKey("P-256"), identity: newCarKeys(crypto), rotatingIdentity: () => random.bytes(8), cards: expecting };
}
