import { equalBytes, err, ok, utf8Encode, type Result } from "../base/index.ts";
import type { AgreementKey, CryptoPort, RandomPort } from "../ports/index.ts";
import { Counters, COUNTER_MAX, WINDOW } from "./counters.ts";
import { metadata } from "./metadata.ts";
import type { RoutableMessage, SessionInfo, TeslaCodec } from "./messages.ts";
import { DOMAIN, SESSION_STATUS, SIGNATURE, type Domain, type FaultName } from "./numbers.ts";

/** Bytes of an uncompressed point of P-256, of an epoch, of a GCM nonce and tag, and of what a session shares. */
export const POINT_BYTES = 65;
const EPOCH_BYTES = 16;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SHARED_KEY_BYTES = 16;

/** The end of an epoch's clock, and how far ahead a message of a counter that is not the next may expire. */
const CLOCK_S_MAX = 2 ** 30;
const OUT_OF_ORDER_TTL_S = 30;

/** Keys whose counters one epoch remembers; one more begins a new epoch, because a forgotten counter could be used again. */
export const PEER_COUNT_MAX = 256;

/** What a client and this domain share, and what was heard of it in this epoch. */
export interface Peer {
  readonly sharedKey: Uint8Array;
  readonly commandKey: Uint8Array;
  readonly sessionInfoKey: Uint8Array;
  counters: Counters;
}

/** A command that is what its key has sent, once, in time. */
export interface VerifiedCommand {
  readonly peer: Peer;
  readonly plaintext: Uint8Array;
  readonly counter: number;
  /** What the encrypted reply is bound to. */
  readonly requestHash: Uint8Array;
}

/** Why a message is no command; `withSessionInfo`: the client is told where the session stands. */
export interface Refusal {
  readonly fault: FaultName;
  readonly withSessionInfo: boolean;
}

export interface DomainParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly codec: TeslaCodec;
  /** 17 characters as ASCII. */
  readonly vin: Uint8Array;
  readonly domain: Domain;
  readonly key: AgreementKey;
  readonly nowMs: number;
}

type Signature =
  | { readonly kind: "gcm"; readonly epoch: Uint8Array | undefined; readonly nonce: Uint8Array; readonly counter: number; readonly expiresAtS: number; readonly tag: Uint8Array }
  | { readonly kind: "hmac"; readonly epoch: Uint8Array | undefined; readonly counter: number; readonly expiresAtS: number; readonly tag: Uint8Array };

/**
 * One domain's end of its sessions: an epoch that begins with each start, its clock, and the counters of each key in it. What was sent
 * in another epoch, or to another domain or car, does not verify; nothing changes before a message has passed every check.
 */
export class DomainSession {
  readonly domain: Domain;
  private readonly parts: DomainParts;
  /** By key id. */
  private readonly peers = new Map<string, Peer>();
  private readonly publicPoint: Uint8Array;
  private epoch: Uint8Array;
  private epochStartMs: number;

  constructor(parts: DomainParts) {
    this.parts = parts;
    this.domain = parts.domain;
    this.publicPoint = parts.crypto.agreementPoint(parts.key);
    this.epoch = parts.random.bytes(EPOCH_BYTES);
    this.epochStartMs = parts.nowMs;
  }

  /** From now on nothing that was made for the epoch before is worth anything. Keys stay agreed. */
  beginEpoch(nowMs: number): void {
    this.epoch = this.parts.random.bytes(EPOCH_BYTES);
    this.epochStartMs = nowMs;
    for (const peer of this.peers.values()) peer.counters = this.newCounters();
  }

  /**
   * The peer with that public point; undefined where it is none of the curve. `keyId`: of one of the car's keys, whose counters have to last;
   * undefined: a stranger's, and nothing is kept.
   */
  peerOf(point: Uint8Array, keyId: string | undefined, nowMs: number): Peer | undefined {
    if (keyId === undefined) return this.agreeWith(point);
    const known = this.peers.get(keyId);
    if (known !== undefined) return known;
    const peer = this.agreeWith(point);
    if (peer === undefined) return undefined;
    if (this.peers.size >= PEER_COUNT_MAX) {
      this.peers.clear();
      this.beginEpoch(nowMs);
    }
    this.peers.set(keyId, peer);
    return peer;
  }

  /** The session info for `peer` as it is sent, and the tag that binds it to the request whose uuid is `challenge`. */
  sessionInfo(peer: Peer, handle: number | undefined, challenge: Uint8Array, nowMs: number): { readonly info: Uint8Array; readonly tag: Uint8Array } {
    const { crypto, codec, vin } = this.parts;
    const clockTime = this.clockS(nowMs);
    const content: SessionInfo = {
      counter: peer.counters.highest || undefined,
      publicKey: this.publicPoint,
      epoch: this.epoch,
      clockTime: clockTime || undefined,
      status: handle === undefined ? SESSION_STATUS.keyNotOnWhitelist : undefined,
      handle: handle || undefined,
    };
    const info = codec.encode("SessionInfo", content);
    return { info, tag: crypto.hmacSha256(peer.sessionInfoKey, metadata({ signatureType: SIGNATURE.hmac, vin, challenge }, info)) };
  }

  /** The command in `message` of `peer`, in the order of checks that clients know; a fault where it is none. */
  verify(message: RoutableMessage, peer: Peer, nowMs: number): Result<VerifiedCommand, Refusal> {
    const read = signatureOf(message);
    if (!read.ok) return err({ fault: read.error, withSessionInfo: false });
    const signature = read.value;
    const { epoch, expiresAtS, counter } = signature;
    if (epoch !== undefined && !equalBytes(epoch, this.epoch)) return resync("incorrectEpoch");
    const nowS = this.clockS(nowMs);
    if (expiresAtS !== 0 && expiresAtS < nowS) return resync("timeExpired");
    if (expiresAtS > CLOCK_S_MAX) return resync("badParameter");
    if ((counter === 0 || counter < peer.counters.highest) && (expiresAtS === 0 || expiresAtS > nowS + OUT_OF_ORDER_TTL_S)) return resync("timeToLiveTooLong");
    const plaintext = this.open(message, signature, peer);
    if (plaintext === undefined) return resync("invalidSignature");
    if (!peer.counters.take(counter)) return resync("invalidTokenOrCounter");
    if (counter === COUNTER_MAX) this.beginEpoch(nowMs);
    return ok({ peer, plaintext, counter, requestHash: this.requestHash(signature) });
  }

  /** `payload` for the sender of a command alone, bound to that command. */
  seal(command: VerifiedCommand, payload: Uint8Array, replyCounter: number): { readonly ciphertext: Uint8Array; readonly nonce: Uint8Array; readonly tag: Uint8Array } {
    const { crypto, random, vin } = this.parts;
    const { domain } = this;
    const { requestHash } = command;
    const aad = crypto.sha256(metadata({ signatureType: SIGNATURE.aesGcmResponse, domain, vin, counter: replyCounter, flags: 0, requestHash, fault: 0 }));
    const nonce = random.bytes(NONCE_BYTES);
    const sealed = crypto.aeadSeal({ algorithm: "A128GCM", key: command.peer.sharedKey, nonce, aad }, payload);
    const length = sealed.length - TAG_BYTES;
    // Copies: a view of a few bytes costs an engine more than they do.
    return { ciphertext: sealed.slice(0, length), nonce, tag: sealed.slice(length) };
  }

  private clockS(nowMs: number): number {
    const seconds = Math.floor((nowMs - this.epochStartMs) / 1000);
    if (seconds < CLOCK_S_MAX) return seconds;
    this.beginEpoch(nowMs);
    return 0;
  }

  private agreeWith(point: Uint8Array): Peer | undefined {
    const { crypto, key } = this.parts;
    const shared = crypto.agree(key, point.subarray(1, 33));
    if (shared === undefined) return undefined;
    const sharedKey = crypto.sha1(shared).subarray(0, SHARED_KEY_BYTES);
    return {
      sharedKey,
      commandKey: crypto.hmacSha256(sharedKey, COMMAND_LABEL),
      sessionInfoKey: crypto.hmacSha256(sharedKey, SESSION_INFO_LABEL),
      counters: this.newCounters(),
    };
  }

  /** Messages to the doors have to come in their order; those to infotainment may overtake each other. */
  private newCounters(): Counters {
    return new Counters(this.domain === DOMAIN.vehicleSecurity ? 0 : WINDOW);
  }

  private open(message: RoutableMessage, signature: Signature, peer: Peer): Uint8Array | undefined {
    const { crypto, vin } = this.parts;
    const { expiresAtS, counter, tag } = signature;
    const signed = {
      signatureType: signature.kind === "gcm" ? SIGNATURE.aesGcmPersonalized : SIGNATURE.hmacPersonalized,
      domain: this.domain,
      vin,
      epoch: this.epoch,
      expiresAt: expiresAtS,
      counter,
      // In proto3 a number of zero is one that is not there.
      flags: message.flags || undefined,
    };
    const payload = message.protobufMessageAsBytes ?? new Uint8Array(0);
    if (signature.kind === "hmac") return equalBytes(crypto.hmacSha256(peer.commandKey, metadata(signed, payload)), tag) ? payload : undefined;
    if (tag.length !== TAG_BYTES) return undefined;
    const sealed = new Uint8Array(payload.length + TAG_BYTES);
    sealed.set(payload);
    sealed.set(tag, payload.length);
    return crypto.aeadOpen({ algorithm: "A128GCM", key: peer.sharedKey, nonce: signature.nonce, aad: crypto.sha256(metadata(signed)) }, sealed);
  }

  /** Type and tag of the request; for the doors no more of a long tag than of a short one. */
  private requestHash({ kind, tag }: Signature): Uint8Array {
    const kept = this.domain === DOMAIN.vehicleSecurity && tag.length > TAG_BYTES ? TAG_BYTES : tag.length;
    const hash = new Uint8Array(1 + kept);
    hash[0] = kind === "gcm" ? SIGNATURE.aesGcmPersonalized : SIGNATURE.hmacPersonalized;
    hash.set(tag.subarray(0, kept), 1);
    return hash;
  }
}

const COMMAND_LABEL = utf8Encode("authenticated command");
const SESSION_INFO_LABEL = utf8Encode("session info");

/** The client makes a new session out of the session info that comes with such a fault. */
function resync(fault: FaultName): Result<never, Refusal> {
  return err({ fault, withSessionInfo: true });
}

function signatureOf({ signatureData }: RoutableMessage): Result<Signature, FaultName> {
  const gcm = signatureData?.aesGcmPersonalized;
  if (gcm !== undefined) {
    const { epoch, nonce = new Uint8Array(0), counter = 0, expiresAt = 0, tag = new Uint8Array(0) } = gcm;
    if (nonce.length !== NONCE_BYTES) return err("ivIncorrectLength");
    return ok({ kind: "gcm", epoch: unlessEmpty(epoch), nonce, counter, expiresAtS: expiresAt, tag });
  }
  const hmac = signatureData?.hmacPersonalized;
  if (hmac === undefined) return err("badParameter");
  const { epoch, counter = 0, expiresAt = 0, tag = new Uint8Array(0) } = hmac;
  return ok({ kind: "hmac", epoch: unlessEmpty(epoch), counter, expiresAtS: expiresAt, tag });
}

/** In proto3 an empty field is one that is not there. */
function unlessEmpty(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}
