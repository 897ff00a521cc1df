import type { Asker, Grant } from "../../../firmware/access/index.ts";
import { compareBytes, concat, equalBytes, err, ok, toHex, type Result } from "../../../firmware/base/index.ts";
import type { Proximity } from "../../../firmware/controller/index.ts";
import { credentialOf, keyIdOf, parsePublicKey, publicKeyOf, type PublicKey } from "../../../firmware/cose/index.ts";
import { idCredOfCcs, idCredOfCwt, idCredOfKid, Initiator, type Established, type IdCred } from "../../../firmware/edhoc/index.ts";
import type { CryptoPort, SignatureAlgorithm, SigningKey } from "../../../firmware/ports/index.ts";
import {
  channelFromExporter,
  fastChannel,
  fragment,
  Reassembler,
  resolvesIdentity,
  Sessions,
  type Candidate,
  type CarKeys,
  type CredentialDirectory,
  type Exporter,
  type Message,
  type MessageKind,
  type ProtectedChannel,
  type ReplyOptions,
  type SessionLimits,
  type SessionOutcome,
} from "../../../firmware/session/index.ts";
import { decodeCarMessage, encodeCommand, type CarMessage, type Command, type Ticket } from "../../../firmware/wire/index.ts";
import { testCrypto } from "../../support/crypto.ts";
import { seededRandom } from "../../support/random.ts";

/**
 * Real hashes and AEADs with stand-ins for signatures and key agreement, which prove nothing but fail for any changed byte:
 * for runs of thousands of handshakes.
 */
export function quickCrypto(seed: string): CryptoPort {
  const real = testCrypto(seed);
  const random = seededRandom(`${seed}/quick`);
  const shared = (a: Uint8Array, b: Uint8Array): Uint8Array => real.sha256(compareBytes(a, b) < 0 ? concat(a, b) : concat(b, a));
  const signature = (publicKey: Uint8Array, message: Uint8Array): Uint8Array => real.hkdfExpand(real.sha256(publicKey), message, 64);
  return {
    ...real,
    generateAgreementKey: (curve) => ({ curve, publicKey: random.bytes(32) }),
    agree: (own, peer) => shared(own.publicKey, peer),
    generateSigningKey: (algorithm) => ({ algorithm, publicKey: random.bytes(algorithm === "Ed25519" ? 32 : 64) }),
    sign: (key, message) => signature(key.publicKey, message),
    verify: (_algorithm, publicKey, message, made) => equalBytes(made, signature(publicKey, message)),
    isAcceptablePublicKey: () => true,
  };
}

/** Test-side owner of a signing key. */
export interface TestKey {
  readonly signing: SigningKey;
  readonly publicKey: PublicKey;
  readonly keyId: Uint8Array;
}

/** The access room as far as these tests need it. */
export class TestDirectory implements CredentialDirectory {
  readonly keys: Candidate[] = [];
  readonly grants = new Map<string, Candidate>();
  open = false;
  private readonly crypto: CryptoPort;

  constructor(crypto: CryptoPort) {
    this.crypto = crypto;
  }

  byKeyId(keyId: Uint8Array): readonly Candidate[] {
    return this.keys.filter(({ asker }) => asker.kind === "key" && asker.keyId === toHex(keyId));
  }

  byGrant(cwt: Uint8Array): Result<Candidate, "badSignature"> {
    const found = this.grants.get(toHex(cwt));
    return found === undefined ? err("badSignature") : ok(found);
  }

  newcomer(coseKey: Uint8Array): Result<Candidate, "unacceptableKey"> {
    const publicKey = parsePublicKey(this.crypto, coseKey);
    if (!publicKey.ok) return err("unacceptableKey");
    const keyId = toHex(keyIdOf(this.crypto, publicKey.value));
    return ok({ publicKey: publicKey.value, asker: { kind: "newcomer", keyId, publicKey: publicKey.value.coseKey } });
  }

  pairingOpen(): boolean {
    return this.open;
  }
}

/** One car with its radio links, in virtual time. */
export class Bench {
  readonly crypto: CryptoPort;
  readonly directory: TestDirectory;
  readonly identity: CarKeys;
  readonly sessions: Sessions;
  resolvingKey: Uint8Array;
  nowMs = 1_000;
  /** What a request is answered with; undefined leaves it unanswered. */
  answer: (outcome: Extract<SessionOutcome, { kind: "request" }>) => { code: number; options: ReplyOptions } | undefined = () => ({
    code: 0,
    options: { handOutTicket: true },
  });
  readonly log: SessionOutcome[] = [];
  private nextLink = 1;

  constructor(seed: string, limits: Partial<SessionLimits> = {}, crypto: CryptoPort = testCrypto(seed)) {
    this.crypto = crypto;
    this.directory = new TestDirectory(this.crypto);
    const signingKeys = { Ed25519: this.crypto.generateSigningKey("Ed25519"), ES256: this.crypto.generateSigningKey("ES256") };
    const publicKeys = {
      Ed25519: publicKeyOf("Ed25519", signingKeys.Ed25519.publicKey),
      ES256: publicKeyOf("ES256", signingKeys.ES256.publicKey),
    };
    this.identity = { signingKeys, publicKeys };
    const random = seededRandom(`${seed}/car`);
    this.resolvingKey = random.bytes(16);
    const { directory, identity } = this;
    this.sessions = new Sessions({ crypto, random, identity, directory, resolvingKey: () => this.resolvingKey, limits });
  }

  newKey(algorithm: SignatureAlgorithm = "Ed25519"): TestKey {
    const signing = this.crypto.generateSigningKey(algorithm);
    const publicKey = publicKeyOf(algorithm, signing.publicKey);
    return { signing, publicKey, keyId: keyIdOf(this.crypto, publicKey) };
  }

  enrol(key: TestKey): Asker {
    const asker: Asker = { kind: "key", keyId: toHex(key.keyId) };
    this.directory.keys.push({ publicKey: key.publicKey, asker });
    return asker;
  }

  /** A grant whose signature the directory vouches for. */
  grant(holder: TestKey, cwt: Uint8Array): Asker {
    const grant: Grant = {
      grantId: toHex(cwt.subarray(-8)),
      issuerId: "00".repeat(8),
      issuerEpoch: 0,
      name: "guest",
      role: "guest",
      holderKey: holder.publicKey.coseKey,
      holderId: toHex(holder.keyId),
      actions: new Set(["unlock"]),
      notBeforeS: undefined,
      expiresAtS: undefined,
      usesMax: undefined,
    };
    const asker: Asker = { kind: "grant", grant };
    this.directory.grants.set(toHex(cwt), { publicKey: holder.publicKey, asker });
    return asker;
  }

  connect(options: { attPayloadBytes?: number; proximity?: Proximity } = {}): TestLink {
    const id = this.nextLink++;
    const link = new TestLink(this, id, options.attPayloadBytes ?? 244);
    const proximity = options.proximity ?? "local";
    this.take(this.sessions.handle({ kind: "linkOpened", link: id, attPayloadBytes: link.attPayloadBytes, proximity }, this.nowMs));
    return link;
  }

  advance(ms: number): void {
    this.nowMs += ms;
    this.take(this.sessions.expire(this.nowMs));
  }

  /** Delivers outcomes to their links and answers requests. */
  take(outcomes: readonly SessionOutcome[]): void {
    for (const outcome of outcomes) {
      this.log.push(outcome);
      if (outcome.kind === "send" || outcome.kind === "closeLink") this.links.get(outcome.link)?.take(outcome);
      if (outcome.kind !== "request") continue;
      const answer = this.answer(outcome);
      if (answer === undefined) continue;
      const message = { kind: "reply", code: answer.code, body: new Map() } as const;
      this.take(this.sessions.reply(outcome.link, message, answer.options, this.nowMs));
    }
  }

  readonly links = new Map<number, TestLink>();

  of<K extends SessionOutcome["kind"]>(kind: K): Extract<SessionOutcome, { kind: K }>[] {
    return this.log.filter((outcome): outcome is Extract<SessionOutcome, { kind: K }> => outcome.kind === kind);
  }
}

/** A phone's end of one link: what came in, frame by frame and as whole messages. */
export class TestLink {
  readonly bench: Bench;
  readonly id: number;
  attPayloadBytes: number;
  readonly received: Uint8Array[] = [];
  readonly sent: Uint8Array[] = [];
  readonly messages: Message[] = [];
  /** What the car said first; kept apart from what it answers. */
  readonly challenges: Uint8Array[] = [];
  closed = false;
  private readonly reassembler = new Reassembler(() => 4096);

  constructor(bench: Bench, id: number, attPayloadBytes: number) {
    this.bench = bench;
    this.id = id;
    this.attPayloadBytes = attPayloadBytes;
    bench.links.set(id, this);
  }

  take(outcome: Extract<SessionOutcome, { kind: "send" | "closeLink" }>): void {
    if (outcome.kind === "closeLink") {
      this.closed = true;
      return;
    }
    const message = this.reassembler.accept(outcome.bytes, this.bench.nowMs);
    if (!message.ok) throw new Error(`the car sent a bad frame: ${message.error}`);
    if (message.value?.kind === "challenge") {
      this.challenges.push(message.value.body);
      return;
    }
    this.received.push(outcome.bytes);
    if (message.value !== undefined) this.messages.push(message.value);
  }

  frame(bytes: Uint8Array): void {
    this.sent.push(bytes);
    this.bench.take(this.bench.sessions.handle({ kind: "frameReceived", link: this.id, bytes }, this.bench.nowMs));
  }

  say(kind: MessageKind, body: Uint8Array): void {
    for (const frame of fragment(kind, body, this.attPayloadBytes)) this.frame(frame);
  }

  hangUp(): void {
    this.bench.take(this.bench.sessions.handle({ kind: "linkClosed", link: this.id }, this.bench.nowMs));
    this.closed = true;
  }

  /** The kinds of all messages received, for example `edhoc protected`. */
  get heard(): string {
    return this.messages.map(({ kind }) => kind).join(" ");
  }
}

/** How a test phone introduces itself. */
export type Introduction = "enrolled" | "newcomer" | { readonly cwt: Uint8Array } | { readonly ccs: Uint8Array };

/** A phone with the car's public keys; runs the protocol over test links. */
export class TestPhone {
  readonly bench: Bench;
  readonly key: TestKey;
  readonly introduction: Introduction;
  initiator: Initiator<undefined, string> | undefined;
  exporter: Exporter | undefined;
  channel: ProtectedChannel | undefined;
  ticket: Ticket | undefined;
  resolvingKey: Uint8Array | undefined;
  useNumber = 0;
  /** ID_CRED_R of the last message_2. */
  carIdentity: IdCred | undefined;

  constructor(bench: Bench, key: TestKey, introduction: Introduction = "enrolled") {
    this.bench = bench;
    this.key = key;
    this.introduction = introduction;
    this.resolvingKey = bench.resolvingKey;
  }

  private idCred(): IdCred {
    if (this.introduction === "enrolled") return idCredOfKid(this.key.keyId);
    if (this.introduction === "newcomer") return idCredOfCcs(credentialOf(this.key.publicKey.coseKey));
    return "cwt" in this.introduction ? idCredOfCwt(this.introduction.cwt) : idCredOfCcs(this.introduction.ccs);
  }

  message1(): Uint8Array {
    const { bench, key } = this;
    const { algorithm, coseKey } = key.publicKey;
    const car = bench.identity.publicKeys[algorithm];
    const { introduction } = this;
    const byValue = typeof introduction === "object" ? ("cwt" in introduction ? introduction.cwt : introduction.ccs) : undefined;
    const credential = byValue ?? credentialOf(coseKey);
    this.initiator = new Initiator<undefined, string>({
      crypto: bench.crypto,
      method: 0,
      suites: algorithm === "Ed25519" ? [4] : [5],
      connectionId: Uint8Array.of(0),
      own: { idCred: this.idCred(), credential, key: key.signing },
      peers: (idCred) => {
        this.carIdentity = idCred;
        const known = idCred.kind === "kccs" || (idCred.kind === "kid" && resolvesIdentity(bench.crypto, this.resolvingKey!, idCred.kid));
        if (!known) return err("unknown car");
        return ok([{ credential: credentialOf(car.coseKey), publicKey: car.raw, tag: undefined }]);
      },
    });
    return this.initiator.message1();
  }

  /** message_3 with a command riding on it. */
  message3(message2: Uint8Array, command?: Command): Uint8Array {
    const verified = this.initiator!.processMessage2(message2);
    if (!verified.ok) throw new Error(`message_2: ${verified.error.kind}`);
    const message3 = this.initiator!.message3();
    this.establish(this.initiator!.established!);
    return command === undefined ? message3 : concat(message3, this.channel!.seal(encodeCommand(command)));
  }

  private establish(session: Established): void {
    this.exporter = (label, context, length) => session.exporter(label, context, length);
    this.channel = channelFromExporter(this.bench.crypto, this.exporter, "phone");
    this.useNumber = 0;
  }

  /** A cold connection: two round trips. Gives the reply to `command`. */
  cold(link: TestLink, command?: Command): CarMessage | undefined {
    link.say("edhoc", this.message1());
    const message2 = link.messages.at(-1);
    if (message2?.kind !== "edhoc") return undefined;
    const heard = link.messages.length;
    link.say("edhoc", this.message3(message2.body, command));
    return this.hearSince(link, heard);
  }

  fastBody(command: Command, link: TestLink): Uint8Array {
    const ticket = this.ticket!;
    const phoneNonce = seededRandom(toHex(ticket.id)).bytes(16);
    this.useNumber++;
    this.ticket = undefined;
    this.channel = fastChannel(this.bench.crypto, this.exporter!, { carNonce: ticket.carNonce, phoneNonce, useNumber: this.useNumber, challenge: link.challenges[0]! }, "phone");
    return concat(Uint8Array.of(0x48), ticket.id, Uint8Array.of(0x50), phoneNonce, this.channel.seal(encodeCommand(command)));
  }

  /** A fast reconnect: one round trip. */
  fast(link: TestLink, command: Command): CarMessage | undefined {
    const heard = link.messages.length;
    link.say("fast", this.fastBody(command, link));
    return this.hearSince(link, heard);
  }

  ask(link: TestLink, command: Command): CarMessage | undefined {
    const heard = link.messages.length;
    link.say("protected", this.channel!.seal(encodeCommand(command)));
    return this.hearSince(link, heard);
  }

  private hearSince(link: TestLink, heard: number): CarMessage | undefined {
    return link.messages.length > heard && link.messages.at(-1)!.kind === "protected" ? this.hear(link) : undefined;
  }

  /** Opens the newest message and keeps what it hands out. */
  hear(link: TestLink): CarMessage {
    const opened = this.channel!.open(link.messages.at(-1)!.body);
    if (!opened.ok) throw new Error(`reply: ${opened.error}`);
    const message = decodeCarMessage(opened.value);
    if (!message.ok) throw new Error("reply: malformed");
    if (message.value.kind === "reply") {
      this.ticket = message.value.ticket ?? this.ticket;
      this.resolvingKey = message.value.resolvingKey ?? this.resolvingKey;
    }
    return message.value;
  }
}

/** A bench with one enrolled phone. */
export function benchWithPhone(
  seed: string,
  limits: Partial<SessionLimits> = {},
  crypto?: CryptoPort,
): { bench: Bench; phone: TestPhone; asker: Asker } {
  const bench = new Bench(seed, limits, crypto);
  const key = bench.newKey();
  const asker = bench.enrol(key);
  return { bench, phone: new TestPhone(bench, key), asker };
}
