import { concat, toHex } from "../../firmware/base/index.ts";
import { EVENT, LE_EVENT, OPCODE, PACKET, type HciController, type Overheard } from "../../sim/hci/index.ts";

/** L2CAP channels of the attribute and the security manager protocol (Bluetooth Core 5.4 Vol 3 Part A section 2.1). */
export const CHANNEL = { att: 0x0004, smp: 0x0006 } as const;

const le16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8);

/** A central that says whatever bytes a test wants, where a host stack would refuse to. */
export class RawCentral {
  /** Everything received on the attribute channel, as hexadecimal text. */
  readonly received: string[] = [];
  readonly #controller: HciController;
  #handle: number | undefined;

  constructor(controller: HciController) {
    this.#controller = controller;
    controller.attach((packet) => this.#take(packet));
  }

  get isConnected(): boolean {
    return this.#handle !== undefined;
  }

  /** Connects to whoever shows `target`; `isConnected` tells when. */
  connect(target: Pick<Overheard, "address" | "addressType">): void {
    const anyFilter = [0x60, 0, 0x30, 0, 0];
    const publicOwn = [0];
    const parameters = [6, 0, 6, 0, 0, 0, 100, 0, 0, 0, 0, 0];
    this.#command(OPCODE.leCreateConnection, Uint8Array.of(...anyFilter, target.addressType, ...target.address, ...publicOwn, ...parameters));
  }

  disconnect(): void {
    if (this.#handle !== undefined) this.#command(OPCODE.disconnect, concat(le16(this.#handle), Uint8Array.of(0x13)));
  }

  send(pdu: Uint8Array, channel: number = CHANNEL.att): void {
    if (this.#handle === undefined) return;
    const data = concat(le16(pdu.length), le16(channel), pdu);
    this.#controller.receive(concat(Uint8Array.of(PACKET.acl), le16(this.#handle), le16(data.length), data));
  }

  #command(opcode: number, parameters: Uint8Array): void {
    this.#controller.receive(concat(Uint8Array.of(PACKET.command), le16(opcode), Uint8Array.of(parameters.length), parameters));
  }

  #take(packet: Uint8Array): void {
    if (packet[0] === PACKET.acl) this.received.push(toHex(packet.subarray(9)));
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
