import { fromHex, toHex } from "../../firmware/base/index.ts";
import type { TeslaOptions } from "../../firmware/controller/index.ts";
import { MessageStream, toPieces, type FromVcsecMessage, type RoutableMessage, type UnsignedMessage } from "../../firmware/tesla/index.ts";
import { createTeslaCodec } from "../../hal/tesla-codec/index.ts";
import { TeslaCard } from "../../sim/card/index.ts";
import { TeslaClient, type ClientDomain, type CommandOptions, type SentCommand } from "../../sim/tesla-client/index.ts";
import { ATT_PAYLOAD_BYTES, type WiredCar, type WiredKey } from "../../sim/wired/index.ts";
import { seededRandom } from "./random.ts";
import { claimedCar, quickCrypto, type TestCarOptions } from "./wired-car.ts";
import { told } from "./people.ts";

export const TEST_VIN = "5YJ30123456789ABC";
export const codec = createTeslaCodec();

const FAULTS: readonly string[] = ["none", "busy", "timeout", "unknownKeyId", "inactiveKey", "invalidSignature", "invalidTokenOrCounter", "insufficientPrivileges", "invalidDomains", "invalidCommand", "decoding", "internal", "wrongPersonalization", "badParameter", "keychainIsFull", "incorrectEpoch", "ivIncorrectLength", "timeExpired", "notProvisionedWithIdentity", "couldNotHashMetadata", "timeToLiveTooLong", "remoteAccessDisabled"];

/** A client of the Tesla dialect on a link to a car on the bench. */
export class WiredTeslaClient {
  readonly client: TeslaClient;
  readonly car: WiredCar;
  /** Whatever the car has sent, in order. */
  readonly heard: RoutableMessage[] = [];
  readonly pieces: Uint8Array[] = [];
  connected = false;
  private readonly stream = new MessageStream();
  private link = 0;
  private pieceBytes = ATT_PAYLOAD_BYTES;

  constructor(car: WiredCar, name: string, vin = TEST_VIN) {
    this.car = car;
    const crypto = quickCrypto(`tesla key of ${name}`);
    this.client = new TeslaClient({ crypto, random: seededRandom(`tesla chance of ${name}`), codec, vin, key: crypto.generateAgreementKey("P-256") });
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

  /** Writes raw bytes. */
  write(bytes: Uint8Array): void {
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
    return this.heard.slice(from).filter((answer) => answer.toDestination?.domain === 0).map((answer) => codec.decode("FromVcsecMessage", answer.protobufMessageAsBytes!)!);
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

  /** Sends an unsigned message's content as a signed command and opens what comes back. */
  ask(message: UnsignedMessage, options: CommandOptions = {}): string | FromVcsecMessage {
    const payload = this.tell(2, codec.encode("UnsignedMessage", message), options);
    if (typeof payload === "string") return payload;
    return payload.length === 0 ? "done" : codec.decode("FromVcsecMessage", payload)!;
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
  return status.operationStatus === 1 ? "wait" : FAULTS[status.signedMessageFault ?? 0];
}

export const KEY_ROLES = { service: 1, owner: 2, driver: 3, fleetManager: 4, guest: 8 } as const;

export interface TeslaCar {
  readonly car: WiredCar;
  readonly owner: WiredKey;
  readonly card: TeslaCard;
}

/** A claimed car that speaks the Tesla dialect, with a key card. */
export function teslaCar(options: TestCarOptions & { readonly teslaOptions?: Partial<TeslaOptions> } = {}): TeslaCar {
  const { car, owner } = claimedCar({ ...options, tesla: { vin: TEST_VIN, codec, ...options.teslaOptions } });
  const card = new TeslaCard({ crypto: owner.crypto, key: owner.crypto.generateAgreementKey("P-256") });
  if (told(owner.askFresh({ kind: "enrolCard", name: "wallet" })) !== "done") throw new RangeError("the car expects no card");
  car.tap(card);
  return { car, owner, card };
}

/** A client whose key was added by a card, with a session for the doors. */
export function paired({ car, card }: TeslaCar, name: string, keyRole: number = KEY_ROLES.owner): WiredTeslaClient {
  const client = new WiredTeslaClient(car, name).connect();
  client.send(client.client.keyRequest(keyRole, 7));
  car.tap(card, { place: "inside" });
  car.tell({ kind: "keyRequestAnswered", accept: true });
  const session = client.begin(2);
  if (session !== "ok") throw new RangeError(`${name} was not added: ${session}`);
  return client;
}

/** 2 bytes and more as hex, for tests that write by hand. */
export const bytes = (text: string): Uint8Array => fromHex(text.replace(/\s/g, ""))!;
