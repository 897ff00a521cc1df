import { TESLA_FROM_CAR_UUID, TESLA_TO_CAR_UUID } from "../../hal/ble/index.ts";
import { tame, within, type Noble, type Peripheral, type RemoteCharacteristic } from "../../hal/ble-key/index.ts";
import type { KeyRadioEvent, KeyRadioLink } from "../../hal/radio/index.ts";

const FIND_TIMEOUT_MS = 5000;
const STEP_TIMEOUT_MS = 20_000;

/** The parts of noble that such a client uses and a key does not. */
export interface TeslaPeripheral extends Peripheral {
  readonly advertisement: Peripheral["advertisement"] & { readonly localName: string | undefined };
  discoverAllServicesAndCharacteristics(done: (error: unknown, services: readonly { readonly uuid: string }[] | null, characteristics: readonly TeslaCharacteristic[] | null) => void): void;
}

export interface TeslaCharacteristic extends RemoteCharacteristic {
  readonly _serviceUuid: string;
  readonly properties: readonly string[];
  read(done: (error: unknown, data: Buffer) => void): void;
  write(data: Buffer, withoutResponse: boolean, done?: (error: unknown) => void): void;
  discoverDescriptors(done: (error: unknown, descriptors: readonly { readonly uuid: string; writeValue(data: Buffer, done: (error: unknown) => void): void }[] | null) => void): void;
}

export interface TeslaLink extends KeyRadioLink {
  readonly peripheral: TeslaPeripheral;
  readonly characteristics: readonly TeslaCharacteristic[];
  /** Writes with response: resolves when that is there. */
  writeAndWait(bytes: Uint8Array): Promise<void>;
}

/** A central as the clients of Tesla cars are: finds its car by the local name, and subscribes as it is told. */
export class TeslaCentral {
  readonly #noble: Noble;
  readonly #updates: "indicate" | "notify";

  constructor(noble: Noble, updates: "indicate" | "notify" = "indicate") {
    this.#noble = noble;
    this.#updates = updates;
    tame(noble);
  }

  /** The car that shows this name, connectable or not. */
  async find(localName: string): Promise<TeslaPeripheral | undefined> {
    const noble = this.#noble;
    if (noble._state !== "poweredOn") await within(STEP_TIMEOUT_MS, (done) => noble.once("stateChange", done));
    const found = await within<TeslaPeripheral>(FIND_TIMEOUT_MS, (done) => {
      noble.on("discover", (peripheral: TeslaPeripheral) => {
        if (peripheral.advertisement.localName === localName) done(peripheral);
      });
      noble.startScanning([], true, () => undefined);
    });
    noble.removeAllListeners("discover");
    noble.stopScanning();
    return found;
  }

  /** A link to it; undefined where the car is not seen, has no such service, or ends the connection. */
  async attach(localName: string, onEvent: (event: KeyRadioEvent) => void): Promise<TeslaLink | undefined> {
    const peripheral = await this.find(localName);
    if (peripheral === undefined) return undefined;
    peripheral.removeAllListeners("connect");
    const connected = await within<boolean>(STEP_TIMEOUT_MS, (done) => peripheral.connect((error) => done(!error)));
    if (connected !== true) return undefined;
    const lost = (cancel: () => void): (() => void) => {
      peripheral.once("disconnect", cancel);
      return () => void peripheral.removeListener("disconnect", cancel);
    };
    peripheral.removeAllListeners("servicesDiscover");
    const characteristics = await within<readonly TeslaCharacteristic[] | null>(STEP_TIMEOUT_MS, (done) => peripheral.discoverAllServicesAndCharacteristics((error, _services, list) => done(error ? null : list)), lost);
    const toCar = characteristics?.find(({ uuid }) => uuid === TESLA_TO_CAR_UUID);
    const fromCar = characteristics?.find(({ uuid }) => uuid === TESLA_FROM_CAR_UUID);
    if (toCar === undefined || fromCar === undefined) return void peripheral.disconnect();
    fromCar.on("data", (data: Buffer) => onEvent({ kind: "frameReceived", bytes: Uint8Array.from(data) }));
    peripheral.once("disconnect", () => onEvent({ kind: "closed", why: "the link ended" }));
    const subscribed = await within<boolean>(STEP_TIMEOUT_MS, (done) => subscribe(fromCar, this.#updates, done), lost);
    if (subscribed !== true) return undefined;
    const attPayloadBytes = (peripheral.mtu ?? 23) - 3;
    return {
      peripheral,
      characteristics: characteristics!,
      attPayloadBytes,
      send: (bytes) => {
        if (peripheral.state !== "connected") return false;
        toCar.write(Buffer.from(bytes), true);
        return true;
      },
      writeAndWait: async (bytes) => void (await within<true>(STEP_TIMEOUT_MS, (done) => toCar.write(Buffer.from(bytes), false, () => done(true)))),
      close: () => peripheral.disconnect(),
    };
  }
}

/** noble subscribes to notifications wherever there are any; indications it is asked for through the descriptor (0x2902). */
function subscribe(fromCar: TeslaCharacteristic, updates: "indicate" | "notify", done: (subscribed: boolean) => void): void {
  if (updates === "notify") return fromCar.subscribe((error) => done(!error));
  fromCar.discoverDescriptors((error, descriptors) => {
    const configuration = error ? undefined : descriptors?.find(({ uuid }) => uuid === "2902");
    if (configuration === undefined) return done(false);
    configuration.writeValue(Buffer.from([2, 0]), (failed) => done(!failed));
  });
}
