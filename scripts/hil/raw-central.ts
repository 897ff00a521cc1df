import { concat, toHex } from "../../firmware/base/index.ts";
import { ADDRESS_TYPE, EVENT, LE_EVENT, OPCODE, PACKET } from "../../sim/hci/index.ts";

/** L2CAP channels of the attribute and the security manager protocol (Bluetooth Core 5.4 Vol 3 Part A section 2.1). */
export const CHANNEL = { att: 0x0004, smp: 0x0006 } as const;

const le16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8);

/** An adapter as its host sees it: packets of the UART transport, both ways. */
export interface HciPort {
  attach(receive: (packet: Uint8Array) => void): void;
  receive(packet: Uint8Array): void;
}

/** Who is to be connected to. */
export interface RawTarget {
  readonly address: Uint8Array;
  readonly addressType: number;
}

/** A central that says whatever bytes a test wants, where a host stack would refuse to. */
export class RawCentral {
  /** Everything received on the attribute channel, as hexadecimal text. */
  readonly received: string[] = [];
  readonly #controller: HciPort;
  #handle: number | undefined;
  #onReceived: ((text: string) => void) | undefined;
  #ownAddressType: number = ADDRESS_TYPE.public;

  constructor(controller: HciPort) {
    this.#controller = controller;
    controller.attach((packet) => this.#take(packet));
  }

  get isConnected(): boolean {
    return this.#handle !== undefined;
  }

  /** Speaks under `address` (least significant byte first) from the next connection on. */
  setRandomAddress(address: Uint8Array): void {
    this.#ownAddressType = ADDRESS_TYPE.random;
    this.command(OPCODE.leSetRandomAddress, address);
  }

  /** Connects to whoever shows `target`; `isConnected` tells when. */
  connect(target: RawTarget): void {
    const anyFilter = [0x60, 0, 0x30, 0, 0];
    const own = [this.#ownAddressType];
    const parameters = [6, 0, 6, 0, 0, 0, 100, 0, 0, 0, 0, 0];
    this.command(OPCODE.leCreateConnection, Uint8Array.of(...anyFilter, target.addressType, ...target.address, ...own, ...parameters));
  }

  disconnect(): void {
    if (this.#handle !== undefined) this.command(OPCODE.disconnect, concat(le16(this.#handle), Uint8Array.of(0x13)));
  }

  send(pdu: Uint8Array, channel: number = CHANNEL.att): void {
    if (this.#handle === undefined) return;
    const data = concat(le16(pdu.length), le16(channel), pdu);
    this.#controller.receive(concat(Uint8Array.of(PACKET.acl), le16(this.#handle), le16(data.length), data));
  }

  /** Resolves with the next packet on the attribute channel. */
  nextReceived(): Promise<string> {
    return new Promise((resolve) => (this.#onReceived = resolve));
  }

  /** Any command of the host controller interface. */
  command(opcode: number, parameters: Uint8Array): void {
    this.#controller.receive(concat(Uint8Array.of(PACKET.command), le16(opcode), Uint8Array.of(parameters.length), parameters));
  }

  #hear(text: string): void {
    this.received.push(text);
    this.#onReceived?.(text);
    this.#onReceived = undefined;
  }

  #take(packet: Uint8Array): void {
    if (packet[0] === PACKET.acl) this.#hear(toHex(packet.subarray(9)));
    else if (packet[1] === EVENT.disconnectionComplete) this.#handle = undefined;
    else if (packet[1] === EVENT.leMeta && packet[3] === LE_EVENT.connectionComplete && packet[4] === 0) this.#handle = packet[5]! | (packet[6]! << 8);
  }
}

/** Handles of the car's attributes, as bleno numbers them: its own services first. */
export const HANDLE = { deviceName: 3, toCar: 12, fromCar: 14, fromCarConfiguration: 15 } as const;

export const ATT = {
  subscribe: Uint8Array.of(0x12, HANDLE.fromCarConfiguration, 0, 2, 0),
  confirm: Uint8Array.of(0x1e),
  write: (handle: number, value: Uint8Array): Uint8Array => concat(Uint8Array.of(0x52), le16(handle), value),
  read: (handle: number): Uint8Array => concat(Uint8Array.of(0x0a), le16(handle)),
} as const;
