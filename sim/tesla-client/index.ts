import { concat, equalBytes, toHex, utf8Encode } from "../../firmware/base/index.ts";
import type { AgreementKey, CryptoPort, RandomPort } from "../../firmware/ports/index.ts";
import type { FromVcsecMessage, RoutableMessage, SessionInfo, TeslaCodec } from "../../firmware/tesla/index.ts";

/** The numbers of both domains; this side has its own, so that one side's mistake is not the other's. */
export type ClientDomain = 2 | 3;

export interface TeslaClientParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly codec: TeslaCodec;
  readonly vin: string;
  readonly key: AgreementKey;
}

/** What the client knows of one domain of the car. */
interface ClientSession {
  readonly sharedKey: Uint8Array;
  readonly epoch: Uint8Array;
  readonly clockS: number;
  readonly atMs: number;
  counter: number;
}

/** A command on its way: what opens the reply to it. */
export interface SentCommand {
  readonly message: Uint8Array;
  readonly uuid: Uint8Array;
  readonly domain: ClientDomain;
  readonly requestHash: Uint8Array;
}

export interface CommandOptions {
  readonly flags?: number;
  readonly ttlS?: number;
  /** Instead of the next one. */
  readonly counter?: number;
  readonly hmac?: boolean;
  /** What a faulty or lying client changes of the message. */
  readonly change?: (message: RoutableMessage) => RoutableMessage;
}

/** A client of the Tesla dialect as the protocol describes it: handshakes, signed commands, encrypted replies. Seconds are those of the car's clock. */
export class TeslaClient {
  readonly point: Uint8Array;
  readonly address: Uint8Array;
  private readonly parts: TeslaClientParts;
  private readonly vin: Uint8Array;
  private readonly sessions = new Map<ClientDomain, ClientSession>();

  constructor(parts: TeslaClientParts) {
    this.parts = parts;
    this.point = parts.crypto.agreementPoint(parts.key);
    this.address = parts.random.bytes(16);
    this.vin = utf8Encode(parts.vin);
  }

  /** The first bytes of SHA-1 over the public key: what key lists name keys by. */
  get keyId(): string {
    return toHex(this.parts.crypto.sha1(this.point).subarray(0, 4));
  }

  hasSession(domain: ClientDomain): boolean {
    return this.sessions.has(domain);
  }

  handshake(domain: ClientDomain): { readonly message: Uint8Array; readonly uuid: Uint8Array } {
    const uuid = this.parts.random.bytes(16);
    const message = this.encode({ ...this.to(domain), sessionInfoRequest: { publicKey: this.point }, uuid });
    return { message, uuid };
  }

  /** Takes the session info in an answer to the request `uuid`; gives it where its tag holds, and keeps it where the key is enrolled. */
  takeSessionInfo(answer: RoutableMessage, uuid: Uint8Array, nowMs: number): SessionInfo | undefined {
    const { crypto, codec, key } = this.parts;
    const domain = answer.fromDestination?.domain;
    const info = answer.sessionInfo && codec.decode("SessionInfo", answer.sessionInfo);
    const tag = answer.signatureData?.sessionInfoTag?.tag;
    if (info?.publicKey === undefined || tag === undefined || (domain !== 2 && domain !== 3)) return undefined;
    const shared = crypto.agree(key, info.publicKey.slice(1, 33));
    if (shared === undefined) return undefined;
    const sharedKey = crypto.sha1(shared).slice(0, 16);
    const signed = concat(tlv([[0, Uint8Array.of(6)], [2, this.vin], [6, uuid]]), answer.sessionInfo!);
    if (!equalBytes(crypto.hmacSha256(crypto.hmacSha256(sharedKey, utf8Encode("session info")), signed), tag)) return undefined;
    if ((info.status ?? 0) === 0) this.sessions.set(domain, { sharedKey, epoch: info.epoch!, clockS: info.clockTime ?? 0, atMs: nowMs, counter: info.counter ?? 0 });
    return info;
  }

  command(domain: ClientDomain, payload: Uint8Array, nowMs: number, options: CommandOptions = {}): SentCommand {
    const session = this.sessions.get(domain);
    if (session === undefined) throw new RangeError(`no session with domain ${domain}`);
    const { crypto, random } = this.parts;
    const { flags = 2, ttlS = 5, counter = ++session.counter, hmac = false, change = (same) => same } = options;
    const expiresAt = session.clockS + Math.floor((nowMs - session.atMs) / 1000) + ttlS;
    const bound = tlv([
      [0, Uint8Array.of(hmac ? 8 : 5)],
      [1, Uint8Array.of(domain)],
      [2, this.vin],
      [3, session.epoch],
      [4, u32(expiresAt)],
      [5, u32(counter)],
      ...(flags === 0 ? [] : [[7, u32(flags)] as const]),
    ]);
    const uuid = random.bytes(16);
    const signer = { signerIdentity: { publicKey: this.point } };
    const nonce = random.bytes(12);
    let tag: Uint8Array;
    let message: RoutableMessage;
    if (hmac) {
      tag = crypto.hmacSha256(crypto.hmacSha256(session.sharedKey, utf8Encode("authenticated command")), concat(bound, payload));
      message = { protobufMessageAsBytes: payload, signatureData: { ...signer, hmacPersonalized: { epoch: session.epoch, counter, expiresAt, tag } } };
    } else {
      const sealed = crypto.aeadSeal({ algorithm: "A128GCM", key: session.sharedKey, nonce, aad: crypto.sha256(bound) }, payload);
      tag = sealed.slice(payload.length);
      const signature = { epoch: session.epoch, nonce, counter, expiresAt, tag };
      message = { protobufMessageAsBytes: sealed.slice(0, payload.length), signatureData: { ...signer, aesGcmPersonalized: signature } };
    }
    const whole = change({ ...this.to(domain), ...message, uuid, ...(flags !== 0 && { flags }) });
    const hash = concat(Uint8Array.of(hmac ? 8 : 5), tag);
    return { message: this.encode(whole), uuid, domain, requestHash: domain === 2 ? hash.slice(0, 17) : hash };
  }

  /** A message without a signature. */
  plain(domain: ClientDomain, payload: Uint8Array): { readonly message: Uint8Array; readonly uuid: Uint8Array } {
    const uuid = this.parts.random.bytes(16);
    return { message: this.encode({ ...this.to(domain), protobufMessageAsBytes: payload, uuid, flags: 2 }), uuid };
  }

  /** The request to add this key, as it comes without an envelope. */
  keyRequest(keyRole: number, keyFormFactor: number): Uint8Array {
    return this.parts.codec.encode("ToVcsecMessage", { signedMessage: { protobufMessageAsBytes: this.addKey(this.point, keyRole, keyFormFactor), signatureType: 2 } });
  }

  /** The operation that enrols `point`. */
  addKey(point: Uint8Array, keyRole: number, keyFormFactor: number): Uint8Array {
    const addKeyToWhitelistAndAddPermissions = { key: { publicKeyRaw: point }, keyRole };
    return this.parts.codec.encode("UnsignedMessage", { whitelistOperation: { addKeyToWhitelistAndAddPermissions, metadataForKey: { keyFormFactor } } });
  }

  read(message: Uint8Array): RoutableMessage {
    const decoded = this.parts.codec.decode("RoutableMessage", message);
    if (decoded === undefined) throw new RangeError("the car sent what is no message");
    return decoded;
  }

  /** The payload of the answer to `sent`; undefined where it is not the car's answer to that command. */
  open(answer: RoutableMessage, sent: SentCommand): Uint8Array | undefined {
    const sealed = answer.signatureData?.aesGcmResponse;
    const payload = answer.protobufMessageAsBytes;
    if (payload === undefined || sealed?.nonce === undefined || sealed.tag === undefined) return undefined;
    const aad = tlv([
      [0, Uint8Array.of(9)],
      [1, Uint8Array.of(answer.fromDestination?.domain ?? 0)],
      [2, this.vin],
      [5, u32(sealed.counter ?? 0)],
      [7, u32(answer.flags ?? 0)],
      [8, sent.requestHash],
      [9, u32(answer.signedMessageStatus?.signedMessageFault ?? 0)],
    ]);
    const { crypto } = this.parts;
    const key = this.sessions.get(sent.domain)!.sharedKey;
    return crypto.aeadOpen({ algorithm: "A128GCM", key, nonce: sealed.nonce, aad: crypto.sha256(aad) }, concat(payload, sealed.tag));
  }

  private to(domain: ClientDomain): Pick<RoutableMessage, "toDestination" | "fromDestination"> {
    return { toDestination: { domain }, fromDestination: { routingAddress: this.address } };
  }

  private encode(message: RoutableMessage): Uint8Array {
    return this.parts.codec.encode("RoutableMessage", message);
  }
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function tlv(items: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  return concat(...items.map(([tag, value]) => concat(Uint8Array.of(tag, value.length), value)), Uint8Array.of(0xff));
}

/** Whether `answer` says that an order to the doors was done: the car then tells how it is. */
export function wasDone(answer: FromVcsecMessage): boolean {
  return answer.vehicleStatus !== undefined;
}
