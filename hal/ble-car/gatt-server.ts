import type { BluetoothDriver } from "../ble/index.ts";
import type { Dialect } from "../radio/index.ts";
import type { Bleno, Characteristic, CharacteristicOptions, Update, UpdateKind } from "./bleno.ts";
import { profilesOf, type Profile } from "./profiles.ts";
import { SentWatch } from "./sent-watch.ts";

/** Answers to a request (Bluetooth Core 5.4 Vol 3 Part F section 3.4.1.1). */
const ATT_SUCCESS = 0x00;
const ATT_INVALID_OFFSET = 0x07;

/** Of a client characteristic configuration: indications are wanted (Bluetooth Core 5.4 Vol 3 Part G section 3.3.3.3). */
const INDICATIONS_WANTED = 0x02;
const CLIENT_CONFIGURATION_UUID = "2902";

/** Connections that the fork is given: as many as a car has links (docs/protocol.md), so that its rules for slots decide who stays. */
const MULTI_CONNECTION_COUNT_MAX = 8;

/** What happens on a connection, named by the handle that the adapter gave it. */
export interface ConnectionListener {
  accepted(address: string, handle: number): void;
  ended(handle: number): void;
  /** The MTU agreed on, 23 bytes and more. */
  mtuChanged(handle: number, mtu: number): void;
  subscribed(handle: number, dialect: Dialect, update: Update): void;
  unsubscribed(handle: number, dialect: Dialect): void;
  /** It has read a value that is nothing but read. */
  read(handle: number, dialect: Dialect): void;
  written(handle: number, dialect: Dialect, data: Buffer, offset: number): void;
  /** The last value has arrived: the central has confirmed the indication, or the adapter has sent the notification. */
  confirmed(handle: number): void;
}

/** bleno as a GATT server with the car's services. What differs between its two kinds ends here. */
export interface GattServer {
  /** Connections it serves at a time. */
  readonly connectionCountMax: number;
  /** The services of these dialects, whose events from now on go to `listener`. Called once. */
  listen(dialects: readonly Dialect[], listener: ConnectionListener): readonly object[];
}

export function gattServer(bleno: Bleno, driver: BluetoothDriver): GattServer {
  return driver === "abandonware" ? singleConnection(bleno) : multiConnection(bleno);
}

function singleConnection(bleno: Bleno): GattServer {
  return {
    connectionCountMax: 1,
    listen: (dialects, listener) => {
      let current = 0;
      bleno.on("accept", (address: string) => {
        current = bleno._bindings._handle!;
        listener.accepted(address, current);
      });
      bleno.on("disconnect", () => listener.ended(current));
      bleno.on("mtuChange", (mtu: number) => listener.mtuChanged(current, mtu));
      return services(bleno, dialects, listener, (options) => withHandle(options, () => current));
    },
  };
}

function multiConnection(bleno: Bleno): GattServer {
  return {
    connectionCountMax: MULTI_CONNECTION_COUNT_MAX,
    listen: (dialects, listener) => {
      bleno.on("accept", (address: string, handle: number) => listener.accepted(address, handle));
      bleno.on("disconnect", (_address: string, handle: number) => listener.ended(handle));
      // It does not say whose MTU has changed.
      bleno.on("mtuChange", () => {
        for (const [handle, { mtu }] of bleno._bindings._gatt._connections!) listener.mtuChanged(handle, mtu);
      });
      return services(bleno, dialects, listener, (options) => options);
    },
  };
}

/** The handlers of `@abandonware/bleno` are not told which connection they are about: there is one. */
function withHandle(options: CharacteristicOptions, handle: () => number): object {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, typeof value === "function" ? (...rest: readonly unknown[]) => value(handle(), ...rest) : value]));
}

function services(bleno: Bleno, dialects: readonly Dialect[], listener: ConnectionListener, adapt: (options: CharacteristicOptions) => object): readonly object[] {
  const sent = new SentWatch(bleno._bindings._hci, (handle) => listener.confirmed(handle));
  return profilesOf(dialects).map((profile) => {
    const made: Characteristic[] = characteristics(profile, listener, (handle, value, update) => {
      const fromCar = made.find(({ uuid }) => uuid === profile.fromCar)!;
      const kind = profile.updates.length > 1 && !areIndicationsWanted(bleno, fromCar, handle) ? "notify" : "indicate";
      if (kind === "notify") sent.expect(handle);
      updateAs(fromCar, kind, () => update(value));
    }).map((options) => new bleno.Characteristic(adapt(options)));
    return new bleno.PrimaryService({ uuid: profile.service, characteristics: made });
  });
}

/** Writes are always answered with success: an ATT error would leave a client on noble waiting for ever. What is wrong costs the link. */
function characteristics(profile: Profile, listener: ConnectionListener, send: (handle: number, value: Buffer, update: Update) => void): readonly CharacteristicOptions[] {
  const { dialect } = profile;
  return [
    {
      uuid: profile.toCar,
      properties: ["write", "writeWithoutResponse"],
      onWriteRequest: (handle, data, offset, _withoutResponse, answer) => {
        answer(ATT_SUCCESS);
        listener.written(handle, dialect, data, offset);
      },
    },
    {
      uuid: profile.fromCar,
      properties: profile.updates,
      onSubscribe: (handle, _valueBytesMax, update) => listener.subscribed(handle, dialect, (value) => send(handle, value, update)),
      onUnsubscribe: (handle) => listener.unsubscribed(handle, dialect),
      onIndicate: (handle) => listener.confirmed(handle),
    },
    ...Object.entries(profile.constants).map(([uuid, value]): CharacteristicOptions => ({
      uuid,
      properties: ["read"],
      onReadRequest: (handle, offset, answer) => {
        if (offset > value.length) return answer(ATT_INVALID_OFFSET);
        answer(ATT_SUCCESS, Buffer.from(value.subarray(offset)));
        listener.read(handle, dialect);
      },
    })),
  ];
}

/** bleno keeps what a central has subscribed to, and does not tell. */
function areIndicationsWanted(bleno: Bleno, fromCar: Characteristic, handle: number): boolean {
  const configuration = bleno._bindings._gatt._handles.find((entry) => entry?.uuid === CLIENT_CONFIGURATION_UUID && entry.attribute === fromCar);
  const value = configuration?.values?.get(handle) ?? configuration?.value;
  return ((value?.[0] ?? 0) & INDICATIONS_WANTED) !== 0;
}

/** bleno notifies wherever a characteristic can, whatever the central has subscribed to; it looks at the moment of the update. */
function updateAs(fromCar: Characteristic, kind: UpdateKind, update: () => void): void {
  const all = fromCar.properties;
  fromCar.properties = [kind];
  update();
  fromCar.properties = all;
}
