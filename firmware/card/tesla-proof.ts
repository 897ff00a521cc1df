import { equalBytes, toHex } from "../base/index.ts";
import { keyIdOf, publicKeyOf, type PublicKey } from "../cose/index.ts";
import type { AgreementKey, CryptoPort, RandomPort } from "../ports/index.ts";
import type { CommandApdu } from "./apdu.ts";
import type { CardProof, CardStep, KnownCards } from "./proof.ts";
import { authenticate, CHALLENGE_BYTES, GET_PUBLIC_KEY, POINT_BYTES, SALT_BYTES } from "./tesla.ts";

export interface TeslaProofParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  /** The car's long-lived P-256 key towards cards. */
  readonly readerKey: AgreementKey;
  readonly cards: KnownCards;
}

type State = { readonly at: "publicKey" } | { readonly at: "proof"; readonly publicKey: PublicKey; readonly keyId: string; readonly challenge: Uint8Array };

/**
 * The reader's side of a Tesla-type key card: public key, challenge. The card encrypts a fresh challenge under the key that it shares
 * with this car; twelve of its bytes decide. What the scheme does not give is in docs/card.md.
 */
export class TeslaProof implements CardProof {
  private readonly parts: TeslaProofParts;
  private state: State = { at: "publicKey" };

  constructor(parts: TeslaProofParts) {
    this.parts = parts;
  }

  begin(): CommandApdu {
    return GET_PUBLIC_KEY;
  }

  answered(data: Uint8Array | undefined, elapsedMs: number): CardStep {
    const { state } = this;
    if (state.at === "proof") return data !== undefined && this.isProof(state.publicKey, state.challenge, data) ? { kind: "proved", type: "tesla", keyId: state.keyId, coseKey: state.publicKey.coseKey, answerMs: elapsedMs } : { kind: "ended", why: "wrongProof" };
    return data === undefined ? { kind: "ended", why: "notOurs" } : this.challenge(data);
  }

  private challenge(point: Uint8Array): CardStep {
    const { crypto, random, readerKey } = this.parts;
    const raw = point.slice(1);
    if (point.length !== POINT_BYTES || point[0] !== 4 || !crypto.isAcceptablePublicKey("ES256", raw)) return { kind: "ended", why: "notOurs" };
    const publicKey = publicKeyOf("ES256", raw);
    const keyId = toHex(keyIdOf(crypto, publicKey));
    if (!this.isWanted(publicKey, keyId)) return { kind: "ended", why: "unknown" };
    const challenge = random.bytes(CHALLENGE_BYTES);
    this.state = { at: "proof", publicKey, keyId, challenge };
    return { kind: "ask", command: authenticate(crypto.agreementPoint(readerKey), challenge) };
  }

  private isWanted(publicKey: PublicKey, keyId: string): boolean {
    const known = this.parts.cards.coseKeyOf(keyId);
    return this.parts.cards.isEnrolling() || (known !== undefined && equalBytes(known, publicKey.coseKey));
  }

  private isProof(publicKey: PublicKey, challenge: Uint8Array, answer: Uint8Array): boolean {
    const { crypto, readerKey } = this.parts;
    const block = crypto.cardBlock(readerKey, publicKey.raw.subarray(0, 32), answer, "decrypt");
    return block !== undefined && equalBytes(block.subarray(SALT_BYTES), challenge.subarray(SALT_BYTES));
  }
}
