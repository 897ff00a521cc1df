import type { EventEmitter } from "node:events";

/** States of an adapter, as bleno names them. */
export type AdapterState = "unknown" | "resetting" | "unsupported" | "unauthorized" | "poweredOff" | "poweredOn";

/**
 * The parts that `@abandonware/bleno` 0.6 and its fork `@stoprocent/bleno` 0.12 have in common and this adapter uses; their own types lack
 * the inner ones, which their faults make necessary.
 */
export interface Bleno<Options = CharacteristicOptions> extends EventEmitter {
  readonly state: AdapterState;
  readonly PrimaryService: new (options: { uuid: string; characteristics: readonly object[] }) => object;
  readonly Characteristic: new (options: Options) => EventEmitter;
  setServices(services: readonly object[]): void;
  startAdvertisingWithEIRData(advertisement: Buffer, scanResponse: Buffer): void;
  stopAdvertising(): void;
  readonly _bindings: BlenoBindings;
}

export interface BlenoBindings {
  readonly _hci: BlenoHci;
  /** The one connection of `@abandonware/bleno`. */
  readonly _handle?: number | null;
  readonly _gatt: {
    /** The connections of `@stoprocent/bleno`, by handle. */
    readonly _connections?: ReadonlyMap<number, { readonly mtu: number }>;
  };
}

/** bleno's host controller interface. */
export interface BlenoHci extends EventEmitter {
  onSocketData(packet: Buffer): void;
  disconnect(handle: number): void;
  reset(): void;
  readLocalVersion(): void;
  readonly _socket: { write(packet: Buffer): void };
}

type Property = "write" | "writeWithoutResponse" | "indicate";
type Answer = (result: number) => void;
export type Update = (value: Buffer) => void;

/** A characteristic of `@abandonware/bleno`, which has one connection at a time. */
export interface CharacteristicOptions {
  readonly uuid: string;
  readonly properties: readonly Property[];
  onWriteRequest?(data: Buffer, offset: number, withoutResponse: boolean, answer: Answer): void;
  onSubscribe?(valueBytesMax: number, update: Update): void;
  onUnsubscribe?(): void;
  onIndicate?(): void;
}

/** A characteristic of `@stoprocent/bleno`: each handler is told first which connection it is about. */
export interface MultiCharacteristicOptions {
  readonly uuid: string;
  readonly properties: readonly Property[];
  onWriteRequest?(handle: number, data: Buffer, offset: number, withoutResponse: boolean, answer: Answer): void;
  onSubscribe?(handle: number, valueBytesMax: number, update: Update): void;
  onUnsubscribe?(handle: number): void;
  onIndicate?(handle: number): void;
}
