import type { EventEmitter } from "node:events";

/** States of an adapter, as bleno names them. */
export type AdapterState = "unknown" | "resetting" | "unsupported" | "unauthorized" | "poweredOff" | "poweredOn";

/** The parts of `@abandonware/bleno` 0.6 that this adapter uses; its own types lack the inner ones, which its faults make necessary. */
export interface Bleno extends EventEmitter {
  readonly state: AdapterState;
  readonly mtu: number;
  readonly PrimaryService: new (options: { uuid: string; characteristics: readonly object[] }) => object;
  readonly Characteristic: new (options: CharacteristicOptions) => EventEmitter;
  setServices(services: readonly object[]): void;
  startAdvertisingWithEIRData(advertisement: Buffer, scanResponse: Buffer): void;
  stopAdvertising(): void;
  readonly _bindings: { readonly _handle: number | null; readonly _hci: BlenoHci };
}

export interface CharacteristicOptions {
  readonly uuid: string;
  readonly properties: readonly ("write" | "writeWithoutResponse" | "indicate")[];
  onWriteRequest?(data: Buffer, offset: number, withoutResponse: boolean, answer: (result: number) => void): void;
  onSubscribe?(valueBytesMax: number, update: (value: Buffer) => void): void;
  onUnsubscribe?(): void;
  onIndicate?(): void;
}

/** bleno's host controller interface. */
export interface BlenoHci extends EventEmitter {
  onSocketData(packet: Buffer): void;
  disconnect(handle: number): void;
  reset(): void;
  readLocalVersion(): void;
  readonly _socket: { write(packet: Buffer): void };
}

/** Why bleno cannot be had. `moduleMissing`: not installed or not built. `noBluetooth`: this kernel has none. */
export interface LoadFault {
  readonly kind: "moduleMissing" | "noBluetooth";
  readonly message: string;
}
