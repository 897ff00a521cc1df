import { FROM_CAR_UUID, SERVICE_UUID, TO_CAR_UUID, type BluetoothDriver } from "../ble/index.ts";
import type { Bleno, MultiCharacteristicOptions, Update } from "./bleno.ts";

const ATT_SUCCESS = 0;

/** Connections that the fork is given: as many as a car has links (docs/protocol.md), so that its rules for slots decide who stays. */
const MULTI_CONNECTION_COUNT_MAX = 8;

/** What happens on a connection, named by the handle that the adapter gave it. */
export interface ConnectionListener {
  accepted(address: string, handle: number): void;
  ended(handle: number): void;
  /** The MTU agreed on, 23 bytes and more. */
  mtuChanged(handle: number, mtu: number): void;
  subscribed(handle: number, update: Update): void;
  unsubscribed(handle: number): void;
  written(handle: number, data: Buffer, offset: number): void;
  confirmed(handle: number): void;
}

/** bleno as a GATT server with the car's one service. What differs between its two kinds ends here. */
export interface GattServer {
  /** Connections it serves at a time. */
  readonly connectionCountMax: number;
  /** The car's service, whose events from now on go to `listener`. Called once. */
  listen(listener: ConnectionListener): object;
}

export function gattServer(bleno: Bleno, driver: BluetoothDriver): GattServer {
  return driver === "abandonware" ? singleConnection(bleno) : multiConnection(bleno as unknown as Bleno<MultiCharacteristicOptions>);
}

/** Writes are always answered with success: an ATT error would leave a client on noble waiting for ever. What is wrong costs the link. */
function singleConnection(bleno: Bleno): GattServer {
  return {
    connectionCountMax: 1,
    listen: (listener) => {
      let current = 0;
      bleno.on("accept", (address: string) => {
        current = bleno._bindings._handle!;
        listener.accepted(address, current);
      });
      bleno.on("disconnect", () => listener.ended(current));
      bleno.on("mtuChange", (mtu: number) => listener.mtuChanged(current, mtu));
      const toCar = new bleno.Characteristic({
        uuid: TO_CAR_UUID,
        properties: ["write", "writeWithoutResponse"],
        onWriteRequest: (data, offset, _withoutResponse, answer) => {
          answer(ATT_SUCCESS);
          listener.written(current, data, offset);
        },
      });
      const fromCar = new bleno.Characteristic({
        uuid: FROM_CAR_UUID,
        properties: ["indicate"],
        onSubscribe: (_valueBytesMax, update) => listener.subscribed(current, update),
        onUnsubscribe: () => listener.unsubscribed(current),
        onIndicate: () => listener.confirmed(current),
      });
      return new bleno.PrimaryService({ uuid: SERVICE_UUID, characteristics: [toCar, fromCar] });
    },
  };
}

function multiConnection(bleno: Bleno<MultiCharacteristicOptions>): GattServer {
  return {
    connectionCountMax: MULTI_CONNECTION_COUNT_MAX,
    listen: (listener) => {
      bleno.on("accept", (address: string, handle: number) => listener.accepted(address, handle));
      bleno.on("disconnect", (_address: string, handle: number) => listener.ended(handle));
      // It does not say whose MTU has changed.
      bleno.on("mtuChange", () => {
        for (const [handle, { mtu }] of bleno._bindings._gatt._connections!) listener.mtuChanged(handle, mtu);
      });
      const toCar = new bleno.Characteristic({
        uuid: TO_CAR_UUID,
        properties: ["write", "writeWithoutResponse"],
        onWriteRequest: (handle, data, offset, _withoutResponse, answer) => {
          answer(ATT_SUCCESS);
          listener.written(handle, data, offset);
        },
      });
      const fromCar = new bleno.Characteristic({
        uuid: FROM_CAR_UUID,
        properties: ["indicate"],
        onSubscribe: (handle, _valueBytesMax, update) => listener.subscribed(handle, update),
        onUnsubscribe: (handle) => listener.unsubscribed(handle),
        onIndicate: (handle) => listener.confirmed(handle),
      });
      return new bleno.PrimaryService({ uuid: SERVICE_UUID, characteristics: [toCar, fromCar] });
    },
  };
}
