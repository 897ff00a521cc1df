import { toHex } from "../../firmware/base/index.ts";
import type { CryptoPort, RandomPort } from "../../firmware/ports/index.ts";
import { MessageStream, toPieces, type FromVcsecMessage, type RoutableMessage, type TeslaCodec, type UnsignedMessage } from "../../firmware/tesla/index.ts";
import { TeslaClient, wasDone, type ClientDomain, type CommandOptions, type SentCommand } from "../tesla-client/index.ts";
import { ATT_PAYLOAD_BYTES, type WiredCar } from "./wired-car.ts";

/** Faults by their numbers. */
const FAULT_NAMES: readonly string[] = ["none", "busy", "timeout", "unknownKeyId", "inactiveKey", "invalidSignature", "invalidTokenOrCounter", "insufficientPrivileges", "invalidDomains", "invalidCommand", "decoding", "internal", "wrongPersonalization", "badParameter", "keychainIsFull", "incorrectEpoch", "ivIncorrectLength", "timeExpired", "notProvisionedWithIdentity", "couldNotHashMetadata", "timeToLiveTooLong", "remoteAccessDisabled", "remoteServiceAccessDisabled", "commandRequiresAccountCredentials", "requestMtuExceeded", "responseMtuExceeded", "repeatedCounter", "invalidKeyHandle", "requiresResponseEncryption"];

export interface WiredTeslaParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly codec: TeslaCodec;
  readonly vin: string;
}

/** A client of the Tesla dialect on a link to a car on the bench. */
export class WiredTesla {
  readonly client: TeslaClient;
  readonly car: WiredCar;
  /** Whatever the car has sent, in order. */
  readonly heard: RoutableMessage[] = [];
  readonly pieces: Uint8Array[] = [];
  connected = false;
  /** Bytes written so far. */
  sentBytes = 0;
  private readonly codec: TeslaCodec;
  private readonly stream = new MessageStream();
  private link = 0;
  private pieceBytes = ATT_PAYLOAD_BYTES;

  constructor(car: WiredCar, parts: WiredTeslaParts) {
    this.car = car;
    this.codec = parts.codec;
    this.client = new TeslaClient({ ...parts, key: parts.crypto.generateAgreementKey("P-256") });
  }

  connect(options: { readonly attPayloadBytes?: number; readonly proximity?: "local" | "remote" } = {}): this {
    this.pieceBytes = options.attPayloadBytes ?? ATT_PAYLOAD_BYTES;
    this.connected = true;
    this.link = this.car.attach(this, { ...options, dialect: "tesla" });
    return this;
  }

  disconnect(): void {
    this.connected = false;
    this.car.detach(this.link);
  }

  receive(piece: Uint8Array): void {
    this.pieces.push(piece);
    for (const message of this.stream.accept(piece, this.car.nowMs)) this.heard.push(this.client.read(message));
  }

  lost(): void {
    this.connected = false;
  }

  /** The link takes larger or smaller pieces from now on. */
  resize(attPayloadBytes: number): void {
    this.pieceBytes = attPayloadBytes;
    this.car.tell({ kind: "attPayloadChanged", link: this.link, attPayloadBytes });
  }

  /** Reads the version, as clients do that keep their link with it. */
  readVersion(): void {
    this.car.tell({ kind: "linkUsed", link: this.link });
  }

  /** Writes raw bytes. */
  write(bytes: Uint8Array): void {
    this.sentBytes += bytes.length;
    this.car.tell({ kind: "frameReceived", link: this.link, bytes });
  }

  /** Sends a message; gives what came back addressed to this client. */
  send(message: Uint8Array): readonly RoutableMessage[] {
    const before = this.heard.length;
    for (const piece of toPieces(message, this.pieceBytes)) this.write(piece);
    return this.heard.slice(before).filter((answer) => toHex(answer.toDestination?.routingAddress ?? new Uint8Array(0)) === toHex(this.client.address));
  }

  /** The messages to everybody since `from`, decoded. */
  broadcasts(from = 0): readonly FromVcsecMessage[] {
    return this.heard.slice(from).filter((answer) => answer.toDestination?.domain === 0).map((answer) => this.codec.decode("FromVcsecMessage", answer.protobufMessageAsBytes!)!);
  }

  /** Begins a session; the name of the fault, or what the session info says of the key. */
  begin(domain: ClientDomain = 2): string {
    const { message, uuid } = this.client.handshake(domain);
    const [answer] = this.send(message);
    if (answer === undefined) return "silence";
    const info = this.client.takeSessionInfo(answer, uuid, this.car.nowMs);
    if (info === undefined) return faultIn(answer) ?? "no session info";
    return (info.status ?? 0) === 0 ? "ok" : "keyNotOnWhitelist";
  }

  /** Sends an unsigned message's content as a signed command and opens what comes back: of a command that was done, "done". */
  ask(message: UnsignedMessage, options: CommandOptions = {}): string | FromVcsecMessage {
    const payload = this.tell(2, this.codec.encode("UnsignedMessage", message), options);
    if (typeof payload === "string") return payload;
    const told = this.codec.decode("FromVcsecMessage", payload)!;
    return message.informationRequest === undefined && wasDone(told) ? "done" : told;
  }

  /** A signed command with a payload of bytes: the opened answer, or the name of the fault. */
  tell(domain: ClientDomain, payload: Uint8Array, options: CommandOptions = {}): string | Uint8Array {
    return this.deliver(this.client.command(domain, payload, this.car.nowMs, options));
  }

  deliver(sent: SentCommand): string | Uint8Array {
    const [answer] = this.send(sent.message);
    if (answer === undefined) return "silence";
    const fault = faultIn(answer);
    if (fault !== undefined) {
      this.client.takeSessionInfo(answer, sent.uuid, this.car.nowMs);
      return fault;
    }
    return this.client.open(answer, sent) ?? answer.protobufMessageAsBytes ?? "no payload";
  }

  unlock(options: CommandOptions = {}): string | FromVcsecMessage {
    return this.ask({ rkeAction: 0 }, options);
  }

  lock(options: CommandOptions = {}): string | FromVcsecMessage {
    return this.ask({ rkeAction: 1 }, options);
  }
}

/** The name of the fault in an answer. */
export function faultIn(answer: RoutableMessage): string | undefined {
  const status = answer.signedMessageStatus;
  if (status === undefined) return undefined;
  return status.operationStatus === 1 ? "wait" : FAULT_NAMES[status.signedMessageFault ?? 0];
}
