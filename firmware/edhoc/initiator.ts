import { assert, err, ok, type Result } from "../base/index.ts";
import { EMPTY } from "../cose/index.ts";
import type { AgreementKey, CryptoPort } from "../ports/index.ts";
import {
  findProven,
  isReflection,
  ownPrk,
  proofBytes,
  prove,
  type OwnCredential,
  type PeerCredential,
  type PeerLookup,
  type ProvenPeer,
} from "./credentials.ts";
import { Established } from "./established.ts";
import { fault, peerRefused, type EdhocFault } from "./fault.ts";
import type { IdCred } from "./identifier.ts";
import { KDF_BYTES_MAX, KDF_LABELS, message3Aead, nextTranscript, transcript2, xorKeystream2 } from "./key-schedule.ts";
import { encodeIdentityPart, encodeMessage1, encodeWrapped, parsePlaintext2, unwrap } from "./messages.ts";
import { KEY_SHARE_BYTES, METHODS, suiteOf, type Method, type Suite } from "./suites.ts";

export interface InitiatorOptions<Tag, Refusal> {
  readonly crypto: CryptoPort;
  readonly method: Method;
  /** SUITES_I: in order of preference, up to and including the selected one, which is last. */
  readonly suites: readonly number[];
  readonly connectionId: Uint8Array;
  /** Who we are; or who we are to the peer that was just verified. */
  readonly own: OwnCredential | ((verified: PeerCredential<Tag>) => OwnCredential);
  readonly peers: PeerLookup<Tag, Refusal>;
  /** EAD_1 and EAD_3 as encoded. */
  readonly ead1?: Uint8Array;
  readonly ead3?: Uint8Array;
  /** Instead of a fresh one: for published traces only, since a key that serves twice protects nothing. */
  readonly ephemeralKey?: AgreementKey;
}

type State<Tag> =
  | { readonly kind: "fresh" }
  | { readonly kind: "sent"; readonly ephemeral: AgreementKey; readonly message1: Uint8Array }
  | ({ readonly kind: "verified"; readonly own: OwnCredential } & Verified<Tag>)
  | { readonly kind: "established"; readonly established: Established<Tag> }
  | { readonly kind: "failed" };

interface Verified<Tag> {
  readonly peer: PeerCredential<Tag>;
  readonly peerIdCred: IdCred;
  readonly prk3e2m: Uint8Array;
  readonly prk4e3m: Uint8Array;
  readonly transcript3: Uint8Array;
}

/**
 * The initiator of one EDHOC handshake (RFC 9528): the phone.
 *
 * `message1`, `processMessage2`, `message3`, each once and in this order; then `established`. Shows nothing of itself before the
 * responder has proved itself. Whatever goes wrong ends it for good.
 */
export class Initiator<Tag = undefined, Refusal = never> {
  private readonly options: InitiatorOptions<Tag, Refusal>;
  private readonly suite: Suite;
  private state: State<Tag> = { kind: "fresh" };

  constructor(options: InitiatorOptions<Tag, Refusal>) {
    const suite = suiteOf(options.suites.at(-1) ?? NaN);
    assert(suite !== undefined, "the selected suite is one this code can run");
    this.options = options;
    this.suite = suite;
  }

  /** message_1. */
  message1(): Uint8Array {
    assert(this.take("fresh") !== undefined, "message_1 is made once");
    const { crypto, method, suites, connectionId, ephemeralKey } = this.options;
    const ephemeral = ephemeralKey ?? crypto.generateAgreementKey(this.suite.curve);
    const parts = { method, suites, keyShare: ephemeral.publicKey, connectionId };
    const message1 = encodeMessage1(parts, this.options.ead1 ?? EMPTY);
    this.state = { kind: "sent", ephemeral, message1 };
    return message1;
  }

  /**
   * Verifies the responder. Gives the credential that was verified. Faults: `malformed`, `bad-key-share`, `critical-ead`, those
   * of the look-up, `unproven`, `reflection`, `peer-error`, `out-of-turn`.
   */
  processMessage2(message: Uint8Array): Result<PeerCredential<Tag>, EdhocFault<Refusal>> {
    const sent = this.take("sent");
    if (sent === undefined) return err({ kind: "out-of-turn" });
    const verified = this.verify(message, sent.ephemeral, sent.message1);
    if (!verified.ok) return verified;
    this.state = { kind: "verified", ...verified.value };
    return ok(verified.value.peer);
  }

  /** message_3; the handshake is then established. */
  message3(): Uint8Array {
    const verified = this.take("verified");
    assert(verified !== undefined, "message_3 is made once, after message_2 was verified");
    const { crypto } = this.options;
    const { own, prk3e2m, prk4e3m, transcript3 } = verified;
    const ead = this.options.ead3 ?? EMPTY;
    const context = {
      macLabel: KDF_LABELS.mac3,
      connectionId: EMPTY,
      idCred: own.idCred.encoded,
      transcript: transcript3,
      ead,
    };
    const proof = prove(crypto, this.suite, prk4e3m, context, own);
    const plaintext = encodeIdentityPart({ idCred: own.idCred, proof, ead });
    const ciphertext = crypto.aeadSeal(message3Aead(crypto, this.suite, prk3e2m, transcript3), plaintext);
    const transcript4 = nextTranscript(crypto, transcript3, plaintext, own.credential);
    const { peer, peerIdCred } = verified;
    const parts = { crypto, role: "initiator", suite: this.suite, peer, peerIdCred, prk4e3m, transcript4 } as const;
    this.state = { kind: "established", established: new Established(parts) };
    return encodeWrapped(ciphertext);
  }

  /** The keys, once message_3 was made. */
  get established(): Established<Tag> | undefined {
    return this.state.kind === "established" ? this.state.established : undefined;
  }

  private verify(
    message: Uint8Array,
    ephemeral: AgreementKey,
    message1: Uint8Array,
  ): Result<Verified<Tag> & { readonly own: OwnCredential }, EdhocFault<Refusal>> {
    const { crypto, peers } = this.options;
    const method = METHODS[this.options.method];
    const content = unwrap(message);
    if (!content.ok) return content;
    const ciphertext = content.value.subarray(KEY_SHARE_BYTES);
    if (ciphertext.length === 0 || ciphertext.length > KDF_BYTES_MAX) return fault("malformed");
    const keyShareY = content.value.slice(0, KEY_SHARE_BYTES);
    const secret = crypto.agree(ephemeral, keyShareY);
    if (secret === undefined) return fault("bad-key-share");
    const transcript = transcript2(crypto, keyShareY, crypto.sha256(message1));
    const prk2e = crypto.hmacSha256(transcript, secret);
    const plaintext = xorKeystream2(crypto, prk2e, transcript, ciphertext);
    const parsed = parsePlaintext2(plaintext, proofBytes(this.suite, method.responder));
    if (!parsed.ok) return parsed;
    const { connectionId, idCred, proof, ead } = parsed.value;
    const candidates = peers(idCred, this.suite.id);
    if (!candidates.ok) return peerRefused(candidates.error);
    const check = {
      suite: this.suite,
      authentication: method.responder,
      previousPrk: prk2e,
      saltLabel: KDF_LABELS.salt3e2m,
      ephemeral,
      context: { macLabel: KDF_LABELS.mac2, connectionId, idCred: idCred.encoded, transcript, ead },
      received: proof,
    };
    const proven = findProven(crypto, check, candidates.value);
    if (!proven.ok) return proven;
    const transcript3 = nextTranscript(crypto, transcript, plaintext, proven.value.peer.credential);
    return this.becomeVerified(proven.value, idCred, transcript3, keyShareY);
  }

  private becomeVerified(
    proven: ProvenPeer<Tag>,
    peerIdCred: IdCred,
    transcript3: Uint8Array,
    keyShareY: Uint8Array,
  ): Result<Verified<Tag> & { readonly own: OwnCredential }, EdhocFault> {
    const { peer, prk: prk3e2m } = proven;
    const own = typeof this.options.own === "function" ? this.options.own(peer) : this.options.own;
    if (isReflection(own, peer)) return fault("reflection");
    const step = {
      authentication: METHODS[this.options.method].initiator,
      previousPrk: prk3e2m,
      saltLabel: KDF_LABELS.salt4e3m,
    };
    const prk4e3m = ownPrk(this.options.crypto, step, transcript3, own.key, keyShareY);
    if (prk4e3m === undefined) return fault("bad-key-share");
    return ok({ peer, peerIdCred, prk3e2m, prk4e3m, transcript3, own });
  }

  /** The state if it is the one that is due. Until the caller sets the next one the handshake counts as failed. */
  private take<Kind extends State<Tag>["kind"]>(kind: Kind): Extract<State<Tag>, { kind: Kind }> | undefined {
    const { state } = this;
    this.state = { kind: "failed" };
    return state.kind === kind ? (state as Extract<State<Tag>, { kind: Kind }>) : undefined;
  }
}
