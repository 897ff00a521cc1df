import { SERVICE_UUID } from "../ble/index.ts";
import type { Noble, Peripheral } from "./noble.ts";

/** How long a key looks for a car, over all attempts of one command. */
export const SEARCH_TIMEOUT_MS = 15_000;

/** After this long without recognising the car, the strongest unknown one is tried: this key's resolving key may be old. */
export const UNRECOGNISED_AFTER_MS = 1500;

/** Unknown cars remembered in one search; whoever advertises under many addresses pushes out his own first ones. */
const STRANGER_COUNT_MAX = 64;

/** A car in reach, as its advertisement shows it. A forged one is a car here; the handshake finds out. */
export interface Sighting {
  readonly peripheral: Peripheral;
  readonly identity: Uint8Array;
  readonly rssiDbm: number;
}

/** Whether an advertised identity is that of the car sought; undefined: it cannot be told. */
export type Recognise = (identity: Uint8Array) => boolean | undefined;

export interface SearchOptions {
  readonly recognise: Recognise;
  /** Peripheral ids of unknown cars that are not to be tried. */
  readonly passedOver: ReadonlySet<string>;
  readonly timeoutMs: number;
}

/** The first car that is recognised, else the strongest that could be it, else undefined when the time is over. */
export function search(noble: Noble, { recognise, passedOver, timeoutMs }: SearchOptions): Promise<Sighting | undefined> {
  return new Promise((resolve) => {
    const strangers = new Map<string, Sighting>();
    const finish = (sighting: Sighting | undefined): void => {
      clearTimeout(timer);
      clearInterval(impatience);
      noble.removeListener("discover", discovered);
      noble.stopScanning();
      resolve(sighting);
    };
    const discovered = (peripheral: Peripheral): void => {
      const sighting = sightingOf(peripheral);
      const recognised = sighting === undefined ? false : recognise(sighting.identity);
      if (sighting === undefined || recognised === false) return;
      if (recognised === true) return finish(sighting);
      if (passedOver.has(peripheral.id)) return;
      strangers.delete(peripheral.id);
      strangers.set(peripheral.id, sighting);
      if (strangers.size > STRANGER_COUNT_MAX) strangers.delete(strangers.keys().next().value!);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    const impatience = setInterval(() => {
      const [strongest] = [...strangers.values()].sort((a, b) => b.rssiDbm - a.rssiDbm);
      if (strongest !== undefined) finish(strongest);
    }, UNRECOGNISED_AFTER_MS);
    noble.on("discover", discovered);
    noble.startScanning([SERVICE_UUID], true, (error) => {
      if (error) finish(undefined);
    });
  });
}

function sightingOf(peripheral: Peripheral): Sighting | undefined {
  if (!peripheral.connectable) return undefined;
  const data = peripheral.advertisement.serviceData.find(({ uuid }) => uuid === SERVICE_UUID)?.data;
  return data === undefined ? undefined : { peripheral, identity: Uint8Array.from(data), rssiDbm: peripheral.rssi };
}
