import { concat, equalBytes } from "../../firmware/base/index.ts";
import type { Advertised, HciAir } from "./air.ts";
import { ADDRESS_TYPE, ADVERTISING, EVENT, LE_EVENT, OPCODE, PACKET, ROLE, STATUS } from "./codes.ts";
import type { ConnectionParameters, HciLink, LinkSide } from "./link.ts";
import { commandComplete, commandStatus, event, le16, leEvent, readLe16 } from "./packet.ts";

export interface ControllerOptions {
  /** Public device address, most significant byte first: `00:16:ee:00:42:01`. */
  readonly address: string;
}

/** Room for packets of the host, for all connections together. */
const ACL_BYTES_MAX = 251;
const ACL_PACKETS_MAX = 8;

/** Connections at once; a cheap dongle carries as many. */
const CONNECTION_COUNT_MAX = 8;

/** Handles are given out in turn between these: never 0, so that a host that mistakes 0 for none is caught elsewhere. */
const HANDLE_MIN = 0x0040;
const HANDLE_MAX = 0x0eff;

/** HCI and LMP version of Core 5.0 (Assigned Numbers section 2.1): new enough for every host. */
const VERSION = 0x09;

/** ACL flags: the boundary between L2CAP messages (Bluetooth Core 5.4 Vol 4 Part E section 5.4.2). */
const FIRST_NON_FLUSHABLE = 0b00;
const FIRST_FLUSHABLE = 0b10;

interface Connection {
  readonly handle: number;
  readonly link: HciLink;
  readonly side: 0 | 1;
  readonly peer: HciController;
}

interface Initiating {
  readonly peerType: number;
  readonly peerAddress: Uint8Array;
  readonly ownType: number;
  readonly parameters: ConnectionParameters;
}

/**
 * A virtual Bluetooth LE controller: takes the packets of one host, as on a UART, and answers. Whatever it does not know it refuses as
 * a real one does; it never throws for what a host sends.
 */
export class HciController {
  readonly publicAddress: Uint8Array;
  readonly #air: HciAir;
  readonly #connections = new Map<number, Connection>();
  #send: ((packet: Uint8Array) => void) | undefined;
  #nextHandle = HANDLE_MIN;
  #hung: "untilReset" | "untilReattached" | undefined;
  #isPresent = true;
  #randomAddress: Uint8Array = new Uint8Array(6);
  #parameters = { intervalMs: 100, type: ADVERTISING.connectable as number, ownType: ADDRESS_TYPE.public as number };
  #data: Uint8Array = new Uint8Array(0);
  #scanResponse: Uint8Array = new Uint8Array(0);
  #advertises = false;
  #scan: { active: boolean; on: boolean; filterDuplicates: boolean; seen: Set<string> } = { active: false, on: false, filterDuplicates: false, seen: new Set() };
  #initiating: Initiating | undefined;

  constructor(air: HciAir, options: ControllerOptions) {
    this.#air = air;
    this.publicAddress = Uint8Array.from(options.address.split(":"), (byte) => parseInt(byte, 16)).reverse();
  }

  /** A host opens the adapter: as after power on. The last one to come is served. */
  attach(send: (packet: Uint8Array) => void): void {
    this.#send = send;
    this.#hung = undefined;
    this.#reset();
  }

  /** False where it was pulled out. */
  get isPresent(): boolean {
    return this.#isPresent;
  }

  /** Answers nothing and hears nothing any more, and cannot say so. `untilReset`: a reset command brings it back. */
  hang(until: "untilReset" | "untilReattached"): void {
    this.#hung = until;
    this.#silenced();
  }

  /** Pulled out, or plugged in again. */
  setPresent(isPresent: boolean): void {
    this.#isPresent = isPresent;
    if (isPresent) this.#reset();
    else this.#silenced();
  }

  get #isAlive(): boolean {
    return this.#isPresent && this.#hung === undefined;
  }

  /** What it shows now; undefined while it does not advertise. */
  get advertised(): Advertised | undefined {
    if (!this.#advertises || !this.#isAlive) return undefined;
    const { intervalMs, type, ownType } = this.#parameters;
    return { intervalMs, type, addressType: ownType, address: this.#ownAddress(ownType), data: this.#data, scanResponse: this.#scanResponse };
  }

  /** Whether it listens for advertisements. */
  get isListening(): boolean {
    return this.#isAlive && (this.#scan.on || this.#initiating !== undefined);
  }

  /** Connections it holds. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** One packet from the host. */
  receive(packet: Uint8Array): void {
    const opcode = readLe16(packet, 1);
    if (!this.#isPresent) return;
    if (this.#hung === "untilReset" && packet[0] === PACKET.command && opcode === OPCODE.reset) this.#hung = undefined;
    if (this.#hung !== undefined) return;
    if (packet[0] === PACKET.command) this.#command(opcode, packet.slice(4, 4 + (packet[3] ?? 0)));
    else if (packet[0] === PACKET.acl) this.#acl(packet);
  }

  /** It hears an advertising event of `advertiser`. */
  hear(advertiser: HciController, shown: Advertised, rssiDbm: number): void {
    const wanted = this.#initiating;
    const isWanted = wanted !== undefined && shown.type === ADVERTISING.connectable && shown.addressType === wanted.peerType && equalBytes(shown.address, wanted.peerAddress);
    if (isWanted && this.#connections.size < CONNECTION_COUNT_MAX) return this.#connect(wanted, advertiser, shown);
    if (!this.#scan.on) return;
    this.#report(shown, shown.type, shown.data, rssiDbm);
    if (this.#scan.active && shown.type !== ADVERTISING.nonConnectable) this.#report(shown, ADVERTISING.scanResponse, shown.scanResponse, rssiDbm);
  }

  #command(opcode: number, parameters: Uint8Array): void {
    switch (opcode) {
      case OPCODE.reset:
        this.#reset();
        return this.#complete(opcode);
      case OPCODE.setEventMask:
      case OPCODE.writeLeHostSupport:
      case OPCODE.leSetEventMask:
        return this.#complete(opcode);
      case OPCODE.readLeHostSupport:
        return this.#complete(opcode, STATUS.success, Uint8Array.of(1, 0));
      case OPCODE.readLocalVersion:
        return this.#complete(opcode, STATUS.success, concat(Uint8Array.of(VERSION, 0, 0, VERSION), le16(0xffff), le16(0)));
      case OPCODE.readSupportedCommands:
        return this.#complete(opcode, STATUS.success, new Uint8Array(64));
      case OPCODE.readBufferSize:
        return this.#complete(opcode, STATUS.success, concat(le16(ACL_BYTES_MAX), Uint8Array.of(0), le16(ACL_PACKETS_MAX), le16(0)));
      case OPCODE.readBdAddr:
        return this.#complete(opcode, STATUS.success, this.publicAddress);
      case OPCODE.leReadBufferSize:
        return this.#complete(opcode, STATUS.success, concat(le16(ACL_BYTES_MAX), Uint8Array.of(ACL_PACKETS_MAX)));
      case OPCODE.readRssi:
        return this.#readRssi(opcode, readLe16(parameters, 0));
      case OPCODE.leSetRandomAddress:
        return this.#setRandomAddress(opcode, parameters);
      case OPCODE.leSetAdvertisingParameters:
        return this.#setAdvertisingParameters(opcode, parameters);
      case OPCODE.leSetAdvertisingData:
      case OPCODE.leSetScanResponseData:
        return this.#setData(opcode, parameters);
      case OPCODE.leSetAdvertisingEnable:
        return this.#enableAdvertising(opcode, parameters[0] === 1);
      case OPCODE.leSetScanParameters:
        if (this.#scan.on) return this.#complete(opcode, STATUS.commandDisallowed);
        this.#scan.active = parameters[0] === 1;
        return this.#complete(opcode);
      case OPCODE.leSetScanEnable:
        this.#scan = { ...this.#scan, on: parameters[0] === 1, filterDuplicates: parameters[1] === 1, seen: new Set() };
        this.#complete(opcode);
        return this.#air.awaken();
      case OPCODE.leCreateConnection:
        return this.#createConnection(opcode, parameters);
      case OPCODE.leCreateConnectionCancel:
        return this.#cancelConnection(opcode);
      case OPCODE.leConnectionUpdate:
        return this.#updateConnection(opcode, parameters);
      case OPCODE.disconnect:
        return this.#disconnect(opcode, parameters);
      default:
        return this.#complete(opcode, STATUS.unknownCommand);
    }
  }

  #readRssi(opcode: number, handle: number): void {
    const connection = this.#connections.get(handle);
    const rssi = connection === undefined ? 0 : this.#air.rssiDbm(this, connection.peer);
    this.#complete(opcode, connection === undefined ? STATUS.unknownConnection : STATUS.success, concat(le16(handle), Uint8Array.of(rssi & 0xff)));
  }

  /** Refused while it is in use (section 7.8.4). */
  #setRandomAddress(opcode: number, address: Uint8Array): void {
    if (this.#advertises || this.#scan.on || this.#initiating !== undefined) return this.#complete(opcode, STATUS.commandDisallowed);
    if (address.length !== 6) return this.#complete(opcode, STATUS.invalidParameters);
    this.#randomAddress = address;
    this.#complete(opcode);
  }

  /** Refused while advertising (section 7.8.5). */
  #setAdvertisingParameters(opcode: number, parameters: Uint8Array): void {
    if (this.#advertises) return this.#complete(opcode, STATUS.commandDisallowed);
    const [interval, type, ownType] = [readLe16(parameters, 0), parameters[4] ?? 0, parameters[5] ?? 0];
    if (parameters.length !== 15 || interval < 0x0020 || interval > 0x4000 || type > 4) return this.#complete(opcode, STATUS.invalidParameters);
    this.#parameters = { intervalMs: interval * 0.625, type, ownType };
    this.#complete(opcode);
  }

  #setData(opcode: number, parameters: Uint8Array): void {
    const length = parameters[0] ?? 0;
    if (length > 31 || parameters.length !== 32) return this.#complete(opcode, STATUS.invalidParameters);
    const data = parameters.slice(1, 1 + length);
    if (opcode === OPCODE.leSetAdvertisingData) this.#data = data;
    else this.#scanResponse = data;
    this.#complete(opcode);
    if (this.#advertises) this.#air.advertisingChanged(this);
  }

  #enableAdvertising(opcode: number, on: boolean): void {
    const changes = on !== this.#advertises;
    this.#advertises = on;
    this.#complete(opcode);
    if (changes) this.#air.advertisingChanged(this);
  }

  #createConnection(opcode: number, parameters: Uint8Array): void {
    if (this.#initiating !== undefined) return this.#status(opcode, STATUS.commandDisallowed);
    if (parameters.length !== 25) return this.#status(opcode, STATUS.invalidParameters);
    this.#initiating = {
      peerType: parameters[5]!,
      peerAddress: parameters.slice(6, 12),
      ownType: parameters[12]!,
      parameters: { interval: readLe16(parameters, 15), latency: readLe16(parameters, 17), timeout: readLe16(parameters, 19) },
    };
    this.#status(opcode);
    this.#air.awaken();
  }

  #cancelConnection(opcode: number): void {
    const initiating = this.#initiating;
    if (initiating === undefined) return this.#complete(opcode, STATUS.commandDisallowed);
    this.#initiating = undefined;
    this.#complete(opcode);
    this.#say(leEvent(LE_EVENT.connectionComplete, Uint8Array.of(STATUS.unknownConnection), new Uint8Array(17)));
  }

  #updateConnection(opcode: number, parameters: Uint8Array): void {
    const connection = this.#connections.get(readLe16(parameters, 0));
    if (connection === undefined) return this.#status(opcode, STATUS.unknownConnection);
    this.#status(opcode);
    const asked = { interval: readLe16(parameters, 4), latency: readLe16(parameters, 6), timeout: readLe16(parameters, 8) };
    connection.link.parameters = asked;
    this.#updated(connection.handle, asked);
    const other = connection.peer.#handleOf(connection.link);
    if (other !== undefined) connection.peer.#updated(other, asked);
  }

  #updated(handle: number, { interval, latency, timeout }: ConnectionParameters): void {
    this.#say(leEvent(LE_EVENT.connectionUpdateComplete, Uint8Array.of(STATUS.success), le16(handle), le16(interval), le16(latency), le16(timeout)));
  }

  #handleOf(link: HciLink): number | undefined {
    for (const connection of this.#connections.values()) if (connection.link === link) return connection.handle;
    return undefined;
  }

  #disconnect(opcode: number, parameters: Uint8Array): void {
    const connection = this.#connections.get(readLe16(parameters, 0));
    if (connection === undefined) return this.#status(opcode, STATUS.unknownConnection);
    this.#status(opcode);
    connection.link.terminate(connection.side, parameters[2] ?? 0);
  }

  #acl(packet: Uint8Array): void {
    const head = readLe16(packet, 1);
    const connection = this.#connections.get(head & 0x0fff);
    const data = packet.slice(5);
    if (connection === undefined || data.length !== readLe16(packet, 3)) return;
    const waiting = [...this.#connections.values()].reduce((sum, { link, side }) => sum + link.waiting(side), 0);
    if (waiting >= ACL_PACKETS_MAX || data.length > ACL_BYTES_MAX) return this.#say(event(EVENT.dataBufferOverflow, Uint8Array.of(PACKET.acl)));
    const flags = head >> 12;
    connection.link.send(connection.side, (flags & 0b11) === FIRST_NON_FLUSHABLE ? FIRST_FLUSHABLE : flags, data);
  }

  #connect(initiating: Initiating, advertiser: HciController, shown: Advertised): void {
    this.#initiating = undefined;
    const { parameters } = initiating;
    const [own, other] = [this.#takeHandle(), advertiser.#takeHandle()];
    const link = this.#air.connect([this, advertiser], [this.#sideOf(own), advertiser.#sideOf(other)], parameters);
    this.#opened({ handle: own, link, side: 0, peer: advertiser }, ROLE.central, shown.addressType, shown.address, parameters);
    advertiser.#advertises = false;
    this.#air.advertisingChanged(advertiser);
    advertiser.#opened({ handle: other, link, side: 1, peer: this }, ROLE.peripheral, initiating.ownType, this.#ownAddress(initiating.ownType), parameters);
  }

  #opened(connection: Connection, role: number, peerType: number, peerAddress: Uint8Array, { interval, latency, timeout }: ConnectionParameters): void {
    this.#connections.set(connection.handle, connection);
    const clockAccuracy = Uint8Array.of(0);
    this.#say(leEvent(LE_EVENT.connectionComplete, Uint8Array.of(STATUS.success), le16(connection.handle), Uint8Array.of(role, peerType), peerAddress, le16(interval), le16(latency), le16(timeout), clockAccuracy));
  }

  #sideOf(handle: number): LinkSide {
    return {
      handle,
      received: (_, flags, data) => this.#say(concat(Uint8Array.of(PACKET.acl), le16(handle | (flags << 12)), le16(data.length), data)),
      completed: () => this.#say(event(EVENT.numberOfCompletedPackets, concat(Uint8Array.of(1), le16(handle), le16(1)))),
      ended: (_, reason) => {
        if (this.#connections.delete(handle)) this.#say(event(EVENT.disconnectionComplete, concat(Uint8Array.of(STATUS.success), le16(handle), Uint8Array.of(reason))));
      },
    };
  }

  #takeHandle(): number {
    do this.#nextHandle = this.#nextHandle >= HANDLE_MAX ? HANDLE_MIN : this.#nextHandle + 1;
    while (this.#connections.has(this.#nextHandle));
    return this.#nextHandle;
  }

  #report(shown: Advertised, type: number, data: Uint8Array, rssiDbm: number): void {
    const { filterDuplicates, seen } = this.#scan;
    const identity = `${type}/${shown.addressType}/${shown.address.join(".")}`;
    if (filterDuplicates && seen.has(identity)) return;
    seen.add(identity);
    this.#say(leEvent(LE_EVENT.advertisingReport, Uint8Array.of(1, type, shown.addressType), shown.address, Uint8Array.of(data.length), data, Uint8Array.of(rssiDbm & 0xff)));
  }

  #ownAddress(type: number): Uint8Array {
    return type === ADDRESS_TYPE.random ? this.#randomAddress : this.publicAddress;
  }

  #complete(opcode: number, status: number = STATUS.success, results?: Uint8Array): void {
    this.#say(commandComplete(opcode, status, results));
  }

  #status(opcode: number, status: number = STATUS.success): void {
    this.#say(commandStatus(opcode, status));
  }

  #say(packet: Uint8Array): void {
    const send = this.#send;
    this.#air.scheduler.after(0, () => {
      if (this.#isAlive && this.#send === send) send?.(packet);
    });
  }

  /** To its state after power on; peers notice by their supervision timeout. */
  #reset(): void {
    this.#silenced();
    this.#randomAddress = new Uint8Array(6);
    this.#parameters = { intervalMs: 100, type: ADVERTISING.connectable, ownType: ADDRESS_TYPE.public };
    this.#data = new Uint8Array(0);
    this.#scanResponse = new Uint8Array(0);
  }

  /** Nothing of it is on the air any more. */
  #silenced(): void {
    const advertised = this.#advertises;
    this.#advertises = false;
    this.#scan = { active: false, on: false, filterDuplicates: false, seen: new Set() };
    this.#initiating = undefined;
    const links = [...this.#connections.values()].map(({ link }) => link);
    this.#connections.clear();
    for (const link of links) link.abandon();
    if (advertised) this.#air.advertisingChanged(this);
  }
}
