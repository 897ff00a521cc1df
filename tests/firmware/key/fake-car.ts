import { equalBytes, toHex } from "../../../firmware/base/index.ts";
import type { Asker, Grant } from "../../../firmware/access/index.ts";
import { keyIdOf, parsePublicKey, publicKeyOf, thumbprint, type PublicKey } from "../../../firmware/cose/index.ts";
import { parseGrant, verifyGrantSignature } from "../../../firmware/cwt/index.ts";
import type { CborValue } from "../../../firmware/cbor/index.ts";
import { err, ok, type Result } from "../../../firmware/base/index.ts";
import type { CryptoPort, RandomPort, SigningKey } from "../../../firmware/ports/index.ts";
import type { SessionOutcome, Candidate } from "../../../firmware/session/outcome.ts";
import { Sessions } from "../../../firmware/session/sessions.ts";
import { mirrorProof, pairingProof, type Exporter } from "../../../firmware/session/index.ts";
import {
  ACTIONS,
  BODY,
  carKeysHash,
  formatPairingUri,
  REASONS,
  type Action,
  type CarMessage,
  type Command,
  type ReasonName,
} from "../../../firmware/wire/index.ts";
import type { CarKeys } from "../../../firmware/key/index.ts";
import { seededRandom } from "../../support/random.ts";
import { testCrypto } from "../../support/crypto.ts";

type Body = ReadonlyMap<number | string, CborValue>;
export interface Answer {
  readonly code: number;
  readonly body?: Body;
}
interface Asked {
  readonly asker: Asker;
  readonly command: Command;
  readonly path: "full" | "fast";
}

/** A car made of the firmware's own session room and a directory of a few lines; what it answers is up to each test. */
export class FakeCar {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly publicKeys: { readonly Ed25519: PublicKey; readonly ES256: PublicKey };
  /** The car's Ed25519 key, which also signs its log. */
  readonly signingKey: SigningKey;
  readonly sessions: Sessions;
  readonly asked: Asked[] = [];
  readonly enrolled: PublicKey[] = [];
  readonly closedLinks: number[] = [];
  resolvingKey: Uint8Array;
  secret: Uint8Array | undefined;
  handOutTickets = true;
  /** Undefined: the car stays silent. */
  answer: (asked: Asked) => Answer | undefined = () => ({ code: 0 });

  constructor(seed: string) {
    this.crypto = testCrypto(`car ${seed}`);
    this.random = seededRandom(`car random ${seed}`);
    const signingKeys: { Ed25519: SigningKey; ES256: SigningKey } = {
      Ed25519: this.crypto.generateSigningKey("Ed25519"),
      ES256: this.crypto.generateSigningKey("ES256"),
    };
    this.signingKey = signingKeys.Ed25519;
    this.publicKeys = {
      Ed25519: publicKeyOf("Ed25519", signingKeys.Ed25519.publicKey),
      ES256: publicKeyOf("ES256", signingKeys.ES256.publicKey),
    };
    this.resolvingKey = this.random.bytes(16);
    this.sessions = new Sessions({
      crypto: this.crypto,
      random: this.random,
      identity: { signingKeys, publicKeys: this.publicKeys },
      resolvingKey: () => this.resolvingKey,
      directory: {
        byKeyId: (keyId) => this.enrolled.filter((key) => equalBytes(keyIdOf(this.crypto, key), keyId)).map((key) => this.keyCandidate(key)),
        byGrant: (cwt) => this.grantCandidate(cwt),
        newcomer: (coseKey) => this.newcomer(coseKey),
        pairingOpen: () => this.secret !== undefined,
      },
    });
  }

  get carKeys(): CarKeys {
    return { ed25519: this.publicKeys.Ed25519.coseKey, es256: this.publicKeys.ES256.coseKey };
  }

  get vehicleId(): string {
    return toHex(thumbprint(this.crypto, this.publicKeys.Ed25519));
  }

  enrol(coseKey: Uint8Array): void {
    const key = parsePublicKey(this.crypto, coseKey);
    if (!key.ok) throw new Error(key.error);
    this.enrolled.push(key.value);
  }

  /** Opens a pairing; gives the text of its code. */
  openPairing(): string {
    this.secret = this.random.bytes(16);
    const hash = carKeysHash(this.crypto.sha256(this.carKeys.ed25519), this.crypto.sha256(this.carKeys.es256));
    return formatPairingUri({ carKeysHash: hash, secret: this.secret });
  }

  /** What an honest car says to `pair`. */
  pairHonestly(command: Extract<Command, { kind: "pair" }>, asker: Asker, exporter: Exporter): Answer {
    const carKeys = [this.carKeys.ed25519, this.carKeys.es256];
    if (asker.kind !== "newcomer" || this.secret === undefined) {
      return { code: REASONS.alreadyEnrolled.code, body: new Map<number, CborValue>([[BODY.carKeys, carKeys]]) };
    }
    if (!equalBytes(pairingProof(this.crypto, this.secret, exporter), command.proof)) return { code: REASONS.wrongProof.code };
    const mirror = mirrorProof(this.crypto, this.secret, exporter);
    this.enrol(asker.publicKey);
    this.secret = undefined;
    return { code: 0, body: new Map<number, CborValue>([[BODY.mirrorProof, mirror], [BODY.carKeys, carKeys]]) };
  }

  /** Overrides the answer to `pair`. */
  pairAnswer: (command: Extract<Command, { kind: "pair" }>, asker: Asker, exporter: Exporter) => Answer | undefined = (...all) =>
    this.pairHonestly(...all);

  open(link: number, attPayloadBytes: number, nowMs: number): Uint8Array[] {
    return this.perform(this.sessions.handle({ kind: "linkOpened", link, attPayloadBytes, proximity: "local" }, nowMs), nowMs);
  }

  receive(link: number, bytes: Uint8Array, nowMs: number): Uint8Array[] {
    return this.perform(this.sessions.handle({ kind: "frameReceived", link, bytes }, nowMs), nowMs);
  }

  push(link: number, latches: Extract<CarMessage, { kind: "latches" }>["latches"], nowMs: number): Uint8Array[] {
    return this.perform(this.sessions.push(link, { kind: "latches", latches }), nowMs);
  }

  /** Says anything at all under the keys of the session. */
  say(link: number, message: CarMessage, nowMs: number): Uint8Array[] {
    return this.perform(this.sessions.push(link, message as Extract<CarMessage, { kind: "latches" }>), nowMs);
  }

  reply(link: number, answer: Answer, nowMs: number): Uint8Array[] {
    const message = { kind: "reply", code: answer.code, body: answer.body ?? new Map() } as const;
    return this.perform(this.sessions.reply(link, message, { handOutTicket: this.handOutTickets }, nowMs), nowMs);
  }

  /** Forgets all sessions and tickets, as a restart does. */
  restart(): void {
    this.sessions.closeSessionsOf(() => true);
  }

  private perform(outcomes: readonly SessionOutcome[], nowMs: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const outcome of outcomes) {
      if (outcome.kind === "send") frames.push(outcome.bytes);
      if (outcome.kind === "closeLink") this.closedLinks.push(outcome.link);
      if (outcome.kind !== "request") continue;
      this.asked.push({ asker: outcome.asker, command: outcome.command, path: outcome.path });
      const answer =
        outcome.command.kind === "pair"
          ? this.pairAnswer(outcome.command, outcome.asker, outcome.exporter)
          : this.answer({ asker: outcome.asker, command: outcome.command, path: outcome.path });
      if (answer !== undefined) frames.push(...this.reply(outcome.link, answer, nowMs));
    }
    return frames;
  }

  private keyCandidate(publicKey: PublicKey): Candidate {
    return { publicKey, asker: { kind: "key", keyId: toHex(keyIdOf(this.crypto, publicKey)) } };
  }

  private newcomer(coseKey: Uint8Array): Result<Candidate, ReasonName> {
    const key = parsePublicKey(this.crypto, coseKey);
    if (!key.ok) return err("unacceptableKey");
    const keyId = toHex(keyIdOf(this.crypto, key.value));
    return ok({ publicKey: key.value, asker: { kind: "newcomer", keyId, publicKey: coseKey } });
  }

  private grantCandidate(cwt: Uint8Array): Result<Candidate, ReasonName> {
    const parsed = parseGrant(this.crypto, cwt);
    if (!parsed.ok) return err("malformed");
    const issuer = this.enrolled.find((key) => equalBytes(keyIdOf(this.crypto, key), parsed.value.issuerKid));
    if (issuer === undefined || !verifyGrantSignature(this.crypto, parsed.value, issuer)) return err("issuerNotOwner");
    const { claims } = parsed.value;
    const actions = (Object.keys(ACTIONS) as Action[]).filter((action) => (claims.scope & (1 << ACTIONS[action])) !== 0);
    const grant: Grant = {
      grantId: toHex(claims.cti),
      issuerId: toHex(parsed.value.issuerKid),
      issuerEpoch: claims.issuerEpoch,
      name: claims.name,
      role: claims.role,
      holderKey: claims.holder.coseKey,
      holderId: toHex(keyIdOf(this.crypto, claims.holder)),
      actions: new Set(actions),
      notBeforeS: claims.notBeforeS,
      expiresAtS: claims.expiresAtS,
      usesMax: claims.uses,
    };
    return ok({ publicKey: claims.holder, asker: { kind: "grant", grant } });
  }
}
