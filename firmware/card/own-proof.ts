import { equalBytes, err, ok, toHex, type Result } from "../base/index.ts";
import { keyIdOf, parsePublicKey } from "../cose/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { beginHandshake, type Candidate, type CarKeys, type CredentialDirectory, type Handshake, type ProtectedChannel } from "../session/index.ts";
import type { ReasonName } from "../wire/index.ts";
import type { CommandApdu } from "./apdu.ts";
import { cardChannel, ownCommand, TIMED_BYTES } from "./own.ts";
import type { CardProof, CardStep, KnownCards } from "./proof.ts";

export interface OwnProofParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  /** Who the car is: the same keys as on the air. */
  readonly identity: CarKeys;
  /** What the car answers as kid: 8 bytes that a stranger's card learns nothing from. */
  readonly rotatingIdentity: () => Uint8Array;
  readonly cards: KnownCards;
}

/** Whose key has made message_3. */
interface Holder {
  readonly keyId: string;
  readonly coseKey: Uint8Array;
}

type State =
  | { readonly at: "message1" }
  | { readonly at: "message3"; readonly handshake: Handshake }
  | { readonly at: "timed"; readonly holder: Holder; readonly channel: ProtectedChannel; readonly challenge: Uint8Array };

/**
 * The reader's side of a card of our own type: EDHOC (RFC 9528) by the code that also answers phones, the card as Initiator, so that it
 * shows nothing of itself before the car has proved itself. Then one round under the session's keys, in which nobody computes an elliptic
 * curve: the answer that is timed. It also confirms the keys to both ends.
 */
export class OwnProof implements CardProof {
  private readonly parts: OwnProofParts;
  private readonly directory: CardDirectory;
  private state: State = { at: "message1" };

  constructor(parts: OwnProofParts) {
    this.parts = parts;
    this.directory = new CardDirectory(parts.crypto, parts.cards);
  }

  begin(): CommandApdu {
    return ownCommand("message1");
  }

  answered(data: Uint8Array | undefined, elapsedMs: number): CardStep {
    const { state } = this;
    switch (state.at) {
      case "message1":
        return data === undefined ? { kind: "ended", why: "notOurs" } : this.prove(data);
      case "message3":
        // A card that refuses is another car's; it does not say so.
        return data === undefined ? { kind: "ended", why: "unknown" } : this.verify(state.handshake, data);
      case "timed":
        return data === undefined ? { kind: "ended", why: "wrongProof" } : this.judge(state, data, elapsedMs);
    }
  }

  private prove(message1: Uint8Array): CardStep {
    const { crypto, identity, rotatingIdentity } = this.parts;
    const begun = beginHandshake({ crypto, identity, directory: this.directory }, rotatingIdentity(), message1);
    if (!begun.ok) return { kind: "ended", why: "notOurs" };
    this.state = { at: "message3", handshake: begun.value.handshake };
    return { kind: "ask", command: ownCommand("message2", begun.value.message2) };
  }

  private verify(handshake: Handshake, message3: Uint8Array): CardStep {
    const finished = handshake.finish(message3);
    if (!finished.ok) return { kind: "ended", why: finished.error === "unknown-peer" ? "unknown" : "wrongProof" };
    const { asker, exporter } = finished.value;
    if (asker.kind !== "newcomer") return { kind: "ended", why: "wrongProof" };
    const { crypto, random } = this.parts;
    const channel = cardChannel(crypto, exporter, "car");
    const challenge = random.bytes(TIMED_BYTES);
    this.state = { at: "timed", holder: { keyId: asker.keyId, coseKey: asker.publicKey }, channel, challenge };
    return { kind: "ask", command: ownCommand("timed", channel.seal(challenge)) };
  }

  private judge({ holder, channel, challenge }: Extract<State, { at: "timed" }>, answer: Uint8Array, elapsedMs: number): CardStep {
    const opened = channel.open(answer);
    if (!opened.ok || !equalBytes(opened.value, challenge)) return { kind: "ended", why: "wrongProof" };
    return { kind: "proved", type: "own", ...holder, answerMs: elapsedMs };
  }
}

/** Whom a handshake with a card may be with: the car's cards, and whoever comes while an owner waits for one. What each may do is decided by its key id, later. */
class CardDirectory implements CredentialDirectory {
  private readonly crypto: CryptoPort;
  private readonly cards: KnownCards;

  constructor(crypto: CryptoPort, cards: KnownCards) {
    this.crypto = crypto;
    this.cards = cards;
  }

  byKeyId(keyId: Uint8Array): readonly Candidate[] {
    const coseKey = this.cards.coseKeyOf(toHex(keyId));
    const candidate = coseKey && this.newcomer(coseKey);
    return candidate?.ok === true ? [candidate.value] : [];
  }

  /** Cards carry no grants. */
  byGrant(): Result<Candidate, ReasonName> {
    return err("tapOnly");
  }

  newcomer(coseKey: Uint8Array): Result<Candidate, ReasonName> {
    const parsed = parsePublicKey(this.crypto, coseKey);
    if (!parsed.ok) return err("unacceptableKey");
    const keyId = toHex(keyIdOf(this.crypto, parsed.value));
    return ok({ publicKey: parsed.value, asker: { kind: "newcomer", keyId, publicKey: parsed.value.coseKey } });
  }

  pairingOpen(): boolean {
    return this.cards.isEnrolling();
  }
}
