import { assert, concat, err, ok, type Result } from "../base/index.ts";
import { EMPTY } from "../cose/index.ts";
import type { AgreementKey, CryptoPort } from "../ports/index.ts";
import {
  findProven,
  isReflection,
  ownPrk,
  proofBytes,
  prove,
  type OwnCredential,
  type PeerLookup,
} from "./credentials.ts";
import { Established } from "./established.ts";
import { fault, peerRefused, wrongSuite, type EdhocFault } from "./fault.ts";
import { encodeIdentifier } from "./identifier.ts";
import { KDF_BYTES_MAX, KDF_LABELS, message3Aead, nextTranscript, transcript2, xorKeystream2 } from "./key-schedule.ts";
import { encodeIdentityPart, encodeWrapped, parseMessage1, parsePlaintext3, unwrap, type Message1 } from "./messages.ts";
import { KEY_SHARE_BYTES, METHODS, suiteOf, type Method, type Suite } from "./suites.ts";

export interface ResponderOptions<Tag, Refusal> {
  readonly crypto: CryptoPort;
  /** Methods that are accepted. */
  readonly methods: readonly Method[];
  /** Suites that are accepted, in order of preference. */
  readonly suites: readonly number[];
  readonly connectionId: Uint8Array;
  /** Who we are in a handshake with this suite; asked once message_1 is found good. */
  readonly own: (suite: number) => OwnCredential;
  readonly peers: PeerLookup<Tag, Refusal>;
  /** EAD_2 as encoded. */
  readonly ead2?: Uint8Array;
  /** Instead of a fresh one: for published traces only, since a key that serves twice protects nothing. */
  readonly ephemeralKey?: AgreementKey;
}

interface Answered {
  readonly method: (typeof METHODS)[number];
  readonly suite: Suite;
  readonly own: OwnCredential;
  readonly ephemeral: AgreementKey;
  readonly prk3e2m: Uint8Array;
  readonly transcript3: Uint8Array;
}

type State<Tag> =
  | { readonly kind: "fresh" }
  | ({ readonly kind: "answered" } & Answered)
  | { readonly kind: "established"; readonly established: Established<Tag> }
  | { readonly kind: "failed" };

/**
 * The responder of one EDHOC handshake (RFC 9528): the vehicle.
 *
 * `processMessage1`, then `processMessage3`, each once. Whatever goes wrong ends it for good, and nothing is kept.
 */
export class Responder<Tag = undefined, Refusal = never> {
  private readonly options: ResponderOptions<Tag, Refusal>;
  private state: State<Tag> = { kind: "fresh" };

  constructor(options: ResponderOptions<Tag, Refusal>) {
    assert(options.suites.every((id) => suiteOf(id) !== undefined), "the accepted suites are ones this code can run");
    this.options = options;
  }

  /**
   * message_2 in answer to message_1. Faults: `malformed`, `unsupported-method`, `unsupported-suite` (its error lists ours),
   * `critical-ead`, `bad-key-share`, `out-of-turn`.
   */
  processMessage1(message: Uint8Array): Result<Uint8Array, EdhocFault> {
    if (this.take("fresh") === undefined) return err({ kind: "out-of-turn" });
    const parsed = parseMessage1(message);
    if (!parsed.ok) return parsed;
    const method = this.options.methods.find((accepted) => accepted === parsed.value.method);
    if (method === undefined) return fault("unsupported-method");
    const suite = this.selectSuite(parsed.value.suites);
    if (!suite.ok) return suite;
    if (parsed.value.keyShare.length !== KEY_SHARE_BYTES) return fault("malformed");
    return this.answer(message, parsed.value, METHODS[method], suite.value);
  }

  /**
   * Verifies the initiator; the handshake is then established. Faults: `malformed`, `forged`, `critical-ead`, those of the
   * look-up, `unproven`, `reflection`, `bad-key-share`, `peer-error`, `out-of-turn`.
   */
  processMessage3(message: Uint8Array): Result<Established<Tag>, EdhocFault<Refusal>> {
    const answered = this.take("answered");
    if (answered === undefined) return err({ kind: "out-of-turn" });
    const established = this.verify(message, answered);
    if (established.ok) this.state = { kind: "established", established: established.value };
    return established;
  }

  /** The keys, once message_3 was verified. */
  get established(): Established<Tag> | undefined {
    return this.state.kind === "established" ? this.state.established : undefined;
  }

  /** The selected suite is good only if it is ours and nothing the initiator likes better is (RFC 9528 section 6.3). */
  private selectSuite(offered: readonly number[]): Result<Suite, EdhocFault> {
    const { suites } = this.options;
    const first = offered.findIndex((id) => suites.includes(id));
    const suite = first === offered.length - 1 ? suiteOf(offered[first]!) : undefined;
    return suite === undefined ? wrongSuite(suites) : ok(suite);
  }

  private answer(
    message: Uint8Array,
    message1: Message1,
    method: Answered["method"],
    suite: Suite,
  ): Result<Uint8Array, EdhocFault> {
    const { crypto } = this.options;
    const ephemeral = this.options.ephemeralKey ?? crypto.generateAgreementKey(suite.curve);
    const secret = crypto.agree(ephemeral, message1.keyShare);
    if (secret === undefined) return fault("bad-key-share");
    const own = this.options.own(suite.id);
    const transcript = transcript2(crypto, ephemeral.publicKey, crypto.sha256(message));
    const prk2e = crypto.hmacSha256(transcript, secret);
    const step = { authentication: method.responder, previousPrk: prk2e, saltLabel: KDF_LABELS.salt3e2m };
    const prk3e2m = ownPrk(crypto, step, transcript, own.key, message1.keyShare);
    if (prk3e2m === undefined) return fault("bad-key-share");
    const connectionId = encodeIdentifier(this.options.connectionId);
    const ead = this.options.ead2 ?? EMPTY;
    const context = { macLabel: KDF_LABELS.mac2, connectionId, idCred: own.idCred.encoded, transcript, ead };
    const proof = prove(crypto, suite, prk3e2m, context, own);
    const plaintext = concat(connectionId, encodeIdentityPart({ idCred: own.idCred, proof, ead }));
    assert(plaintext.length <= KDF_BYTES_MAX, "PLAINTEXT_2 fits one keystream");
    const ciphertext = xorKeystream2(crypto, prk2e, transcript, plaintext);
    const transcript3 = nextTranscript(crypto, transcript, plaintext, own.credential);
    this.state = { kind: "answered", method, suite, own, ephemeral, prk3e2m, transcript3 };
    return ok(encodeWrapped(ephemeral.publicKey, ciphertext));
  }

  private verify(message: Uint8Array, answered: Answered): Result<Established<Tag>, EdhocFault<Refusal>> {
    const { crypto, peers } = this.options;
    const { method, suite, own, ephemeral, prk3e2m, transcript3 } = answered;
    const ciphertext = unwrap(message);
    if (!ciphertext.ok) return ciphertext;
    const plaintext = crypto.aeadOpen(message3Aead(crypto, suite, prk3e2m, transcript3), ciphertext.value);
    if (plaintext === undefined) return fault("forged");
    const parsed = parsePlaintext3(plaintext, proofBytes(suite, method.initiator));
    if (!parsed.ok) return parsed;
    const { idCred, proof, ead } = parsed.value;
    const candidates = peers(idCred, suite.id);
    if (!candidates.ok) return peerRefused(candidates.error);
    const context = {
      macLabel: KDF_LABELS.mac3,
      connectionId: EMPTY,
      idCred: idCred.encoded,
      transcript: transcript3,
      ead,
    };
    const check = {
      suite,
      authentication: method.initiator,
      previousPrk: prk3e2m,
      saltLabel: KDF_LABELS.salt4e3m,
      ephemeral,
      context,
      received: proof,
    };
    const proven = findProven(crypto, check, candidates.value);
    if (!proven.ok) return proven;
    const { peer, prk: prk4e3m } = proven.value;
    if (isReflection(own, peer)) return fault("reflection");
    const transcript4 = nextTranscript(crypto, transcript3, plaintext, peer.credential);
    const parts = { crypto, role: "responder", suite, peer, peerIdCred: idCred, prk4e3m, transcript4 } as const;
    return ok(new Established(parts));
  }

  /** The state if it is the one that is due. Until the caller sets the next one the handshake counts as failed. */
  private take<Kind extends State<Tag>["kind"]>(kind: Kind): Extract<State<Tag>, { kind: Kind }> | undefined {
    const { state } = this;
    this.state = { kind: "failed" };
    return state.kind === kind ? (state as Extract<State<Tag>, { kind: Kind }>) : undefined;
  }
}
