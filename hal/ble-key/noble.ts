import type { EventEmitter } from "node:events";

/** The parts of `@abandonware/noble` 1.9, and of its fork `@stoprocent/noble` 2.8, that this adapter uses. Its promises may stay pending for ever, so only events and callbacks are used. */
export interface Noble extends EventEmitter {
  readonly _state: string;
  startScanning(serviceUuids: readonly string[], allowDuplicates: boolean, done: (error?: Error | null) => void): void;
  stopScanning(): void;
  readonly _bindings: { onStateChange(state: string): void; _state: string | null; emit(event: string, ...values: unknown[]): boolean; readonly _hci: NobleHci | null };
}

export interface NobleHci extends EventEmitter {
  flushAcl(): Promise<void>;
  readLeBufferSize(): void;
}

export interface Peripheral extends EventEmitter {
  readonly id: string;
  readonly address: string;
  readonly rssi: number;
  readonly mtu: number | null;
  readonly state: string;
  readonly connectable: boolean;
  readonly advertisement: { readonly serviceUuids: readonly string[]; readonly serviceData: readonly { readonly uuid: string; readonly data: Buffer }[] };
  connect(done: (error?: Error | null) => void): void;
  cancelConnect(): void;
  disconnect(): void;
  discoverSomeServicesAndCharacteristics(
    services: readonly string[],
    characteristics: readonly string[],
    done: (error: unknown, services: unknown, characteristics: readonly RemoteCharacteristic[] | null) => void,
  ): void;
}

export interface RemoteCharacteristic extends EventEmitter {
  readonly uuid: string;
  write(data: Buffer, withoutResponse: boolean): void;
  subscribe(done: (error?: Error | null) => void): void;
}

/**
 * Works around faults of noble 1.9.2-26 that would end or mislead this process: a frame that is queued while its link dies ends in a
 * rejection nobody can catch; on the user channel it never asks for the size of the adapter's buffers, without which it sends nothing; and
 * its warnings of a missing permission go to standard output. The fork has the last one alone.
 *
 * To be called before the first `stateChange` listener.
 */
export function tame(noble: Noble): void {
  const bindings = noble._bindings;
  const change = bindings.onStateChange;
  bindings.onStateChange = function changed(state) {
    if (state !== "unauthorized" && state !== "unsupported") return change.call(this, state);
    if (this._state === state) return;
    this._state = state;
    this.emit("stateChange", state);
  };
  // The fork makes it at the first listener, and has none of its faults.
  const hci = bindings._hci;
  if (hci === null) return;
  const flush = hci.flushAcl;
  hci.flushAcl = function flushed() {
    return flush.call(this).catch(() => undefined);
  };
  noble.on("stateChange", (state: string) => {
    if (state === "poweredOn") hci.readLeBufferSize();
  });
}
