import { Budget, concat } from "../base/index.ts";
import type { AgreementKey, CryptoPort, RandomPort } from "../ports/index.ts";
import { DomainSession, POINT_BYTES, type Peer, type VerifiedCommand } from "./domain-session.ts";
import type { RoutableMessage, TeslaCodec, UnsignedMessage } from "./messages.ts";
import { DOMAIN, ENCRYPT_RESPONSE, FAULTS, OPERATION, PRESENT_KEY, type Domain, type FaultName } from "./numbers.ts";

/** Longest identifiers that clients may send with a message. */
const UUID_BYTES_MAX = 16;

/** First tag of the one message that comes without an envelope. */
const BARE_KEY_REQUEST = 0x0a;

/** Strangers whose public key is multiplied: some at once, then one each so often. */
const STRANGER_BURST = 8;
const STRANGER_INTERVAL_MS = 500;

/** Who a client is to this car. */
export interface KnownKey {
  readonly keyId: string;
}

export interface TeslaSessionParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly codec: TeslaCodec;
  readonly vin: string;
  readonly keys: Readonly<Record<Domain, AgreementKey>>;
  /** The enrolled key with the public key x || y, 64 bytes. */
  readonly known: (publicKey: Uint8Array) => KnownKey | undefined;
  /** The small number that clients hear of for an enrolled key; 0 where it has none. */
  readonly handleOf: (keyId: string) => number;
  /** On virtual boards, told to misbehave: what to do instead of answering a message to `domain`. */
  readonly misbehave?: (domain: Domain) => Misbehaviour | undefined;
  readonly nowMs: number;
}

/** What a car under test does on purpose. */
export type Misbehaviour = { readonly kind: "drop" } | { readonly kind: "delay"; readonly afterMs: number } | { readonly kind: "wait" } | { readonly kind: "newEpoch" } | { readonly kind: "fault"; readonly fault: FaultName };

/** Where an answer goes, and how it is protected. */
export interface ReplyTo {
  readonly domain: Domain;
  readonly address: Uint8Array | undefined;
  readonly uuid: Uint8Array;
  /** Where the client asked for an encrypted reply to a proven command. */
  readonly sealedFor: VerifiedCommand | undefined;
}

/** What a message to a client holds besides its addresses. */
type Content = Pick<RoutableMessage, "protobufMessageAsBytes" | "sessionInfo" | "signedMessageStatus" | "signatureData">;

/** What a message comes to. */
export type Heard =
  /** Sent back as it is; `why` where the message was refused, for the log. `by`: whom it was proven to come from. */
  | { readonly kind: "answer"; readonly message: Uint8Array; readonly why?: FaultName; readonly by?: string }
  | { readonly kind: "request"; readonly payload: Uint8Array; readonly reply: ReplyTo; readonly signer: KnownKey | undefined }
  /** A request to add a key, without a signature: a card is to approve it. `reply` undefined: it came without an envelope. */
  | { readonly kind: "keyRequest"; readonly message: UnsignedMessage; readonly reply: ReplyTo | undefined; readonly full: boolean }
  /** To be heard after a while: the car was told to be slow. */
  | { readonly kind: "later"; readonly afterMs: number }
  | { readonly kind: "nothing" };

/**
 * The vehicle's end of all sessions of the Tesla dialect: messages in, requests and answers out. Says who sent a request and that it was
 * sent once, in time; what the key may do is not judged here. A stranger costs bounded work and leaves nothing behind.
 */
export class TeslaSessions {
  /** Infotainment sleeps without answering, and says so while it starts. */
  infotainment: "awake" | "asleep" | "booting" = "awake";
  private readonly parts: TeslaSessionParts;
  private readonly domains: Readonly<Record<Domain, DomainSession>>;
  private readonly strangers = new Budget(STRANGER_BURST, STRANGER_INTERVAL_MS);

  constructor(parts: TeslaSessionParts) {
    this.parts = parts;
    const { crypto, random, codec, keys, nowMs } = parts;
    const vin = Uint8Array.from(parts.vin, (character) => character.charCodeAt(0));
    const session = (domain: Domain): DomainSession => new DomainSession({ crypto, random, codec, vin, domain, key: keys[domain], nowMs });
    this.domains = { [DOMAIN.vehicleSecurity]: session(DOMAIN.vehicleSecurity), [DOMAIN.infotainment]: session(DOMAIN.infotainment) };
  }

  /** As after a restart of that subsystem: nothing that was sent before is worth anything. */
  beginEpoch(domain: Domain, nowMs: number): void {
    this.domains[domain].beginEpoch(nowMs);
  }

  /** `delayed`: it was heard before, and has waited as it was told. */
  heard(bytes: Uint8Array, nowMs: number, delayed = false): Heard {
    const { codec } = this.parts;
    if (bytes[0] === BARE_KEY_REQUEST) return this.bareKeyRequest(bytes, delayed);
    const message = codec.decode("RoutableMessage", bytes);
    // Nobody is named whom a refusal could go to.
    if (message === undefined) return { kind: "nothing" };
    const domain = message.toDestination?.domain;
    const uuid = message.uuid ?? new Uint8Array(0);
    const address = message.fromDestination?.routingAddress;
    if (uuid.length > UUID_BYTES_MAX || (address?.length ?? 0) > UUID_BYTES_MAX) return { kind: "nothing" };
    if (domain !== DOMAIN.vehicleSecurity && domain !== DOMAIN.infotainment) {
      return this.refused({ domain: DOMAIN.vehicleSecurity, address, uuid, sealedFor: undefined }, "invalidDomains");
    }
    const reply: ReplyTo = { domain, address, uuid, sealedFor: undefined };
    const instead = delayed ? undefined : this.misbehaviour(reply, message, nowMs);
    if (instead !== undefined) return instead;
    if (domain === DOMAIN.infotainment && this.infotainment === "asleep") return { kind: "nothing" };
    if (domain === DOMAIN.infotainment && this.infotainment === "booting") return this.refused(reply, "internal");
    if (message.sessionInfoRequest !== undefined) return this.handshake(reply, message.sessionInfoRequest.publicKey, nowMs);
    if (message.protobufMessageAsBytes === undefined) return this.refused(reply, "decoding");
    if (message.signatureData === undefined) return this.unsigned(reply, message.protobufMessageAsBytes);
    return this.command(reply, message, nowMs);
  }

  /** `payload` as the answer to a request; encrypted where the client asked for that. `index`: 0 for the first answer, then 1. */
  answer(reply: ReplyTo, payload: Uint8Array, index = 0): Uint8Array {
    const { sealedFor } = reply;
    if (sealedFor === undefined) return this.encode(reply, { protobufMessageAsBytes: payload });
    const counter = (sealedFor.counter + index) >>> 0;
    const { ciphertext, nonce, tag } = this.domains[reply.domain].seal(sealedFor, payload, counter);
    return this.encode(reply, { protobufMessageAsBytes: ciphertext, signatureData: { aesGcmResponse: { nonce, counter, tag } } });
  }

  /** A refusal, in the clear. */
  fault(reply: ReplyTo, fault: FaultName): Uint8Array {
    return this.encode(reply, { signedMessageStatus: { operationStatus: OPERATION.error, signedMessageFault: FAULTS[fault] } });
  }

  /** `payload` of the door controller to everybody on the link. */
  broadcast(payload: Uint8Array): Uint8Array {
    return this.parts.codec.encode("RoutableMessage", { toDestination: { domain: DOMAIN.broadcast }, fromDestination: { domain: DOMAIN.vehicleSecurity }, protobufMessageAsBytes: payload });
  }

  private bareKeyRequest(bytes: Uint8Array, delayed: boolean): Heard {
    const { codec } = this.parts;
    const told = delayed ? undefined : this.parts.misbehave?.(DOMAIN.vehicleSecurity);
    if (told?.kind === "drop") return { kind: "nothing" };
    if (told?.kind === "delay") return { kind: "later", afterMs: told.afterMs };
    const signed = codec.decode("ToVcsecMessage", bytes)?.signedMessage;
    const message = signed?.signatureType === PRESENT_KEY && signed.protobufMessageAsBytes !== undefined ? codec.decode("UnsignedMessage", signed.protobufMessageAsBytes) : undefined;
    return message === undefined ? { kind: "nothing" } : { kind: "keyRequest", message, reply: undefined, full: told?.kind === "fault" && told.fault === "keychainIsFull" };
  }

  /** Information may be asked for in the clear, and a key may be asked to be added; who asks is nobody. */
  private unsigned(reply: ReplyTo, payload: Uint8Array): Heard {
    if (reply.domain === DOMAIN.infotainment) return this.refused(reply, "badParameter");
    const message = this.parts.codec.decode("UnsignedMessage", payload);
    if (message === undefined) return this.refused(reply, "decoding");
    if (message.whitelistOperation !== undefined) return { kind: "keyRequest", message, reply, full: false };
    if (message.informationRequest === undefined) return this.refused(reply, "badParameter");
    return { kind: "request", payload, reply, signer: undefined };
  }

  private handshake(reply: ReplyTo, point: Uint8Array | undefined, nowMs: number): Heard {
    const found = this.peerOf(reply.domain, point, nowMs);
    if (typeof found === "string") return this.refused(reply, found);
    const message = this.encode(reply, this.sessionInfo(reply, found, nowMs));
    return found.known === undefined ? { kind: "answer", message, why: "unknownKeyId" } : { kind: "answer", message };
  }

  private command(reply: ReplyTo, message: RoutableMessage, nowMs: number): Heard {
    const point = message.signatureData?.signerIdentity?.publicKey;
    const known = point === undefined ? undefined : this.knownAs(point);
    if (point === undefined || known === undefined) return this.refused(reply, "unknownKeyId");
    const peer = this.domains[reply.domain].peerOf(point, known.keyId, nowMs);
    if (peer === undefined) return this.refused(reply, "badParameter");
    const verified = this.domains[reply.domain].verify(message, peer, nowMs);
    if (verified.ok) {
      const sealedFor = ((message.flags ?? 0) & ENCRYPT_RESPONSE) === 0 ? undefined : verified.value;
      const { domain, address, uuid } = reply;
      return { kind: "request", payload: verified.value.plaintext, reply: { domain, address, uuid, sealedFor }, signer: known };
    }
    const { fault, withSessionInfo } = verified.error;
    return this.refused(reply, fault, withSessionInfo ? this.sessionInfo(reply, { peer, known }, nowMs) : undefined);
  }

  /** The client with that public point: an enrolled key's at once, a stranger's while there is time for strangers. */
  private peerOf(domain: Domain, point: Uint8Array | undefined, nowMs: number): { readonly peer: Peer; readonly known: KnownKey | undefined } | FaultName {
    if (point === undefined || point.length !== POINT_BYTES || point[0] !== 4) return "badParameter";
    const known = this.knownAs(point);
    if (known === undefined) {
      if (!this.strangers.take(nowMs)) return "busy";
      // Of an enrolled key this was asked when it was enrolled.
      if (!this.parts.crypto.isAcceptablePublicKey("ES256", point.subarray(1))) return "badParameter";
    }
    const peer = this.domains[domain].peerOf(point, known?.keyId, nowMs);
    return peer === undefined ? "badParameter" : { peer, known };
  }

  private knownAs(point: Uint8Array): KnownKey | undefined {
    return point.length === POINT_BYTES && point[0] === 4 ? this.parts.known(point.subarray(1)) : undefined;
  }

  private sessionInfo(reply: ReplyTo, { peer, known }: { readonly peer: Peer; readonly known: KnownKey | undefined }, nowMs: number): Pick<RoutableMessage, "sessionInfo" | "signatureData"> {
    const handle = known && this.parts.handleOf(known.keyId);
    const { info, tag } = this.domains[reply.domain].sessionInfo(peer, handle, reply.uuid, nowMs);
    return { sessionInfo: info, signatureData: { sessionInfoTag: { tag } } };
  }

  private refused(reply: ReplyTo, fault: FaultName, where: Pick<RoutableMessage, "sessionInfo" | "signatureData"> = {}): Heard {
    const signedMessageStatus = { operationStatus: OPERATION.error, signedMessageFault: FAULTS[fault] };
    return { kind: "answer", message: this.encode(reply, { ...where, signedMessageStatus }), why: fault };
  }

  private misbehaviour(reply: ReplyTo, message: RoutableMessage, nowMs: number): Heard | undefined {
    const told = this.parts.misbehave?.(reply.domain);
    switch (told?.kind) {
      case undefined:
        return undefined;
      case "drop":
        return { kind: "nothing" };
      case "delay":
        return { kind: "later", afterMs: told.afterMs };
      case "wait":
        return { kind: "answer", message: this.encode(reply, { signedMessageStatus: { operationStatus: OPERATION.wait } }) };
      case "newEpoch":
        this.beginEpoch(reply.domain, nowMs);
        return undefined;
      case "fault": {
        const point = message.signatureData?.signerIdentity?.publicKey ?? message.sessionInfoRequest?.publicKey;
        const found = this.peerOf(reply.domain, point, nowMs);
        const attached = typeof found !== "string" && RESYNCING.has(told.fault) ? this.sessionInfo(reply, found, nowMs) : undefined;
        return this.refused(reply, told.fault, attached);
      }
    }
  }

  /** A message to whom `reply` names. Always of one shape, whatever is in it: what the codec reads then takes half the time. */
  private encode({ domain, address, uuid }: ReplyTo, content: Content): Uint8Array {
    const { protobufMessageAsBytes, sessionInfo, signedMessageStatus, signatureData } = content;
    // Apart: until V8 has optimised this function, it makes a literal within a literal in its slow runtime.
    const toDestination = { routingAddress: address };
    const fromDestination = { domain };
    return this.parts.codec.encode("RoutableMessage", {
      toDestination,
      fromDestination,
      protobufMessageAsBytes,
      sessionInfo,
      signedMessageStatus,
      signatureData,
      requestUuid: uuid.length === 0 ? undefined : uuid,
    });
  }
}

/** Faults that come with session info when they are meant. */
const RESYNCING: ReadonlySet<FaultName> = new Set<FaultName>(["invalidSignature", "invalidTokenOrCounter", "incorrectEpoch", "timeExpired", "timeToLiveTooLong"]);

/** A public key of 64 bytes as the point that clients know it by. */
export function pointOf(publicKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(4), publicKey);
}
