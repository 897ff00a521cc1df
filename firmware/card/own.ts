import { assert, concat, equalBytes, err, ok, toHex, utf8Encode, type Result } from "../base/index.ts";
import { credentialOf, parseCredential, type PublicKey } from "../cose/index.ts";
import { idCredOfCcs, idCredOfKid, Responder, type Established, type IdCred, type OwnCredential, type PeerCredential } from "../edhoc/index.ts";
import type { CryptoPort, RandomPort, SigningKey } from "../ports/index.ts";
import { EXPORTER_LABELS } from "../wire/index.ts";
import { commandApdu, STATUS_OK, type CommandApdu, type ResponseApdu } from "./apdu.ts";

/** Name of the application of our own cards: of the proprietary range (ISO 7816-4 section 8.2.1.2). */
export const OWN_AID = concat(Uint8Array.of(0xf0), utf8Encode("latchkey"));

/** The one suite of cards: P-256, as secure elements have it, with ES256 (RFC 9528 section 10.2). */
export const OWN_CARD_SUITE = 5;
/** What the commands of the exchange ask for: message_1; message_3 for message_2; a proof for a challenge. */
export const OWN_INS = { begin: 0x50, answer: 0x52, prove: 0x54 } as const;
export const PROOF_CHALLENGE_BYTES = 16;
export const PROOF_BYTES = 16;
/** Data of a short command (ISO 7816-4 section 5.1). */
const DATA_BYTES_MAX = 255;
const CONNECTION_ID = Uint8Array.of(1);
const KID_BYTES = 8;
const NOTHING = new Uint8Array(0);

export interface OwnCardParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  /** The car's ES256 key, the same as on the air. */
  readonly signingKey: SigningKey;
  readonly publicKey: PublicKey;
  /** Whether an owner has just asked for a card to be enrolled: then car and card show each other their keys by value. */
  readonly isEnrolling: () => boolean;
  /** The key of an enrolled card by its id, lower-case hex. */
  readonly cardOf: (keyId: string) => PublicKey | undefined;
}

export type OwnCardStep =
  | { readonly kind: "ask"; readonly command: CommandApdu }
  | { readonly kind: "proved"; readonly publicKey: Uint8Array; readonly answerMs: number }
  | { readonly kind: "ended"; readonly why: "notOurs" | "unknown" | "wrongProof" };

type State =
  | { readonly at: "message1" | "message3" }
  | { readonly at: "proof"; readonly publicKey: Uint8Array; readonly expected: Uint8Array }
  | { readonly at: "ended" };

/**
 * The reader's side of one tap of a card of our own type: EDHOC (RFC 9528) with method 0, the card as Initiator and the car as Responder as
 * by radio, then a challenge under an exporter key. The card shows nothing of itself before the car has proved itself; both sides'
 * keys of the tap are fresh. The last step asks for one hash, so that its time can be held to a tight ceiling.
 */
export class OwnCardExchange {
  private readonly parts: OwnCardParts;
  private readonly responder: Responder<undefined, "unknown">;
  private state: State = { at: "message1" };

  constructor(parts: OwnCardParts) {
    this.parts = parts;
    const byValue = parts.isEnrolling();
    this.responder = new Responder<undefined, "unknown">({
      crypto: parts.crypto,
      methods: [0],
      suites: [OWN_CARD_SUITE],
      connectionId: CONNECTION_ID,
      own: () => this.ownCredential(byValue),
      peers: (idCred) => this.peersOf(idCred, byValue),
    });
  }

  /** The first command, once the card's application is selected. */
  start(): CommandApdu {
    return commandApdu([0x80, OWN_INS.begin, 0, 0], undefined, true);
  }

  answered({ data, status }: ResponseApdu, elapsedMs: number): OwnCardStep {
    const { state } = this;
    this.state = { at: "ended" };
    if (status !== STATUS_OK || state.at === "ended") return { kind: "ended", why: state.at === "message1" ? "notOurs" : "wrongProof" };
    switch (state.at) {
      case "message1":
        return this.greet(data);
      case "message3":
        return this.verify(data);
      case "proof": {
        const isProof = equalBytes(data, state.expected);
        return isProof ? { kind: "proved", publicKey: state.publicKey, answerMs: elapsedMs } : { kind: "ended", why: "wrongProof" };
      }
    }
  }

  private greet(message1: Uint8Array): OwnCardStep {
    const message2 = this.responder.processMessage1(message1);
    if (!message2.ok) return { kind: "ended", why: "notOurs" };
    assert(message2.value.length <= DATA_BYTES_MAX, "message_2 fits a short command");
    this.state = { at: "message3" };
    return { kind: "ask", command: commandApdu([0x80, OWN_INS.answer, 0, 0], message2.value, true) };
  }

  private verify(message3: Uint8Array): OwnCardStep {
    const established = this.responder.processMessage3(message3);
    if (!established.ok) return { kind: "ended", why: established.error.kind === "peer-refused" || established.error.kind === "unknown-peer" ? "unknown" : "wrongProof" };
    const challenge = this.parts.random.bytes(PROOF_CHALLENGE_BYTES);
    this.state = { at: "proof", publicKey: established.value.peer.publicKey, expected: cardProof(this.parts.crypto, established.value, challenge) };
    return { kind: "ask", command: commandApdu([0x80, OWN_INS.prove, 0, 0], challenge, true) };
  }

  /** A name that is of this tap alone, where the card knows the car; the key itself while one is enrolled. */
  private ownCredential(byValue: boolean): OwnCredential {
    const { publicKey, signingKey, random } = this.parts;
    const credential = credentialOf(publicKey.coseKey);
    return { idCred: byValue ? idCredOfCcs(credential) : idCredOfKid(random.bytes(KID_BYTES)), credential, key: signingKey };
  }

  private peersOf(idCred: IdCred, byValue: boolean): Result<readonly PeerCredential<undefined>[], "unknown"> {
    const key = idCred.kind === "kid" ? this.parts.cardOf(toHex(idCred.kid)) : idCred.kind === "kccs" && byValue ? valueOf(this.parts.crypto, idCred.credential) : undefined;
    if (key?.algorithm !== "ES256") return err("unknown");
    return ok([{ credential: credentialOf(key.coseKey), publicKey: key.raw, tag: undefined }]);
  }
}

/** The first 16 bytes of HMAC-SHA-256 (RFC 2104) over the challenge under a key of this tap (RFC 9528 section 4.2.1). */
export function cardProof(crypto: CryptoPort, established: Pick<Established<unknown>, "exporter">, challenge: Uint8Array): Uint8Array {
  const key = established.exporter(EXPORTER_LABELS.cardProof, NOTHING, 32);
  return crypto.hmacSha256(key, challenge).slice(0, PROOF_BYTES);
}

function valueOf(crypto: CryptoPort, credential: Uint8Array): PublicKey | undefined {
  const key = parseCredential(crypto, credential);
  return key.ok ? key.value : undefined;
}
