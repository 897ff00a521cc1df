import type { EventEmitter } from "node:events";

/** States of an adapter, as bleno names them. */
export type AdapterState = "unknown" | "resetting" | "unsupported" | "unauthorized" | "poweredOff" | "poweredOn";

/**
 * The parts that `@abandonware/bleno` 0.6 and its fork `@stoprocent/bleno` 0.12 have in common and this adapter uses; their own types lack
 * the inner ones, which their faults make necessary.
 */
export interface Bleno extends EventEmitter {
  readonly state: AdapterState;
  readonly PrimaryService: new (options: { uuid: string; characteristics: readonly object[] }) => object;
  readonly Characteristic: new (options: object) => Characteristic;
  setServices(services: readonly object[]): void;
  startAdvertisingWithEIRData(advertisement: Buffer, scanResponse: Buffer): void;
  stopAdvertising(): void;
  readonly _bindings: BlenoBindings;
}

interface PreparedWrite {
  readonly data: Buffer;
}

export interface BlenoBindings {
  /** Takes a packet from the central. */
  onAclDataPkt(handle: number, channel: number, data: Buffer): void;
  readonly _hci: BlenoHci;
  /** The one connection of `@abandonware/bleno`. */
  readonly _handle?: number | null;
  readonly _gatt: {
    /** The connections of `@stoprocent/bleno`, by handle. */
    readonly _connections?: ReadonlyMap<number, { readonly mtu: number }>;
    /** A long write in the making: of the one connection, in the fork by connection. */
    readonly _preparedWriteRequest?: PreparedWrite | null;
    readonly _preparedWriteRequests?: ReadonlyMap<number, PreparedWrite>;
    /** Attributes by handle; a client's configuration is one `value`, in the fork `values` by connection. */
    readonly _handles: readonly ({ readonly uuid: string; readonly attribute: unknown; readonly value?: Buffer | null; readonly values?: ReadonlyMap<number, Buffer> } | undefined)[];
  };
}

/** bleno's host controller interface. */
export interface BlenoHci extends EventEmitter {
  onSocketData(packet: Buffer): void;
  disconnect(handle: number): void;
  reset(): void;
  readLocalVersion(): void;
  queueAclDataPkt(handle: number, channel: number, data: Buffer): void;
  /** Hands the adapter what it has room for. */
  pushAclOutQueue(): void;
  readonly _aclOutQueue: readonly { readonly handle: number }[];
  readonly _handleAclsInProgress: Readonly<Record<number, number>>;
  readonly _socket: { write(packet: Buffer): void };
}

export type UpdateKind = "indicate" | "notify";
type Property = "read" | "write" | "writeWithoutResponse" | UpdateKind;
type Answer = (result: number) => void;
export type Update = (value: Buffer) => void;

export interface Characteristic extends EventEmitter {
  readonly uuid: string;
  properties: readonly Property[];
}

/** Each handler is told first which connection it is about: by `@stoprocent/bleno`. */
export interface CharacteristicOptions {
  readonly uuid: string;
  readonly properties: readonly Property[];
  onReadRequest?(handle: number, offset: number, answer: (result: number, value?: Buffer) => void): void;
  onWriteRequest?(handle: number, data: Buffer, offset: number, withoutResponse: boolean, answer: Answer): void;
  onSubscribe?(handle: number, valueBytesMax: number, update: Update): void;
  onUnsubscribe?(handle: number): void;
  onIndicate?(handle: number): void;
}
