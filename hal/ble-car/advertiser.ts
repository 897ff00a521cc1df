import { equalBytes } from "../../firmware/base/index.ts";
import type { RandomPort } from "../../firmware/ports/index.ts";
import { advertisingData, scanResponseData } from "../ble/index.ts";
import type { Bleno } from "./bleno.ts";

const HCI_COMMAND = 0x01;
/** Opcodes (Bluetooth Core 5.4 Vol 4 Part E sections 7.8.4 and 7.8.5). */
const LE_SET_RANDOM_ADDRESS = 0x2005;
const LE_SET_ADVERTISING_PARAMETERS = 0x2006;

/** PDU types: connectable; neither connectable nor scannable, since noble takes a scannable one to be connectable. */
const ADV_IND = 0x00;
const ADV_NONCONN_IND = 0x03;
const OWN_ADDRESS = { public: 0x00, random: 0x01 } as const;
const ALL_CHANNELS = 0x07;

/** 100 ms in units of 0.625 ms: a phone at the door hears it within a moment, and it costs little. */
const INTERVAL_UNITS = 160;

/** What the car shows. */
export interface Shown {
  readonly identity: Uint8Array;
  readonly connectable: boolean;
  /** That of a car that speaks Tesla. */
  readonly localName: string | undefined;
}

/**
 * Advertises through bleno under a random private address. bleno by itself shows the adapter's public address, by which a car
 * could be followed for life; so address, identity and data change together, set by raw commands while advertising is off.
 *
 * With a local name it is the public address after all: Tesla's own command on Linux forgets what type an address is, and reaches no other.
 * That name tells who the car is anyway.
 */
export class Advertiser {
  readonly #bleno: Bleno;
  readonly #random: RandomPort;
  #identity: Uint8Array | undefined;
  #address: Uint8Array | undefined;

  constructor(bleno: Bleno, random: RandomPort) {
    this.#bleno = bleno;
    this.#random = random;
  }

  /** Shows `shown` from now on. A new identity brings a new address. */
  start({ identity, connectable, localName }: Shown): void {
    if (this.#address === undefined || this.#identity === undefined || !equalBytes(identity, this.#identity)) {
      this.#identity = identity.slice();
      this.#address = privateAddress(this.#random);
    }
    this.stop();
    this.#command(LE_SET_RANDOM_ADDRESS, this.#address);
    const ownAddressType = localName === undefined ? OWN_ADDRESS.random : OWN_ADDRESS.public;
    this.#command(LE_SET_ADVERTISING_PARAMETERS, parameters(connectable ? ADV_IND : ADV_NONCONN_IND, ownAddressType));
    this.#bleno.startAdvertisingWithEIRData(Buffer.from(advertisingData(this.#identity)), Buffer.from(scanResponseData(localName)));
  }

  stop(): void {
    this.#bleno.stopAdvertising();
  }

  #command(opcode: number, parameterBytes: Uint8Array): void {
    this.#bleno._bindings._hci._socket.write(Buffer.from([HCI_COMMAND, opcode & 0xff, opcode >> 8, parameterBytes.length, ...parameterBytes]));
  }
}

/** A non-resolvable private address, least significant byte first (Core 5.4 Vol 6 Part B section 1.3.2.2): its two top bits are 0. */
export function privateAddress(random: RandomPort): Uint8Array {
  for (;;) {
    const address = random.bytes(6);
    address[5]! &= 0x3f;
    const isLegal = address.some((byte) => byte !== 0) && !address.every((byte, index) => byte === (index === 5 ? 0x3f : 0xff));
    if (isLegal) return address;
  }
}

function parameters(type: number, ownAddressType: number): Uint8Array {
  const [low, high] = [INTERVAL_UNITS & 0xff, INTERVAL_UNITS >> 8];
  const noPeer = [0, 0, 0, 0, 0, 0, 0];
  const noFilter = 0;
  return Uint8Array.of(low, high, low, high, type, ownAddressType, ...noPeer, ALL_CHANNELS, noFilter);
}
