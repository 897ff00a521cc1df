import { concat } from "../../firmware/base/index.ts";
import { SERVICE_UUID, uuidBytes } from "./identifiers.ts";

/** Room of an advertisement and of a scan response (Bluetooth Core 5.4 Vol 6 Part B section 2.3.1). */
export const ADVERTISEMENT_BYTES_MAX = 31;

/** AD types (Bluetooth Assigned Numbers section 2.3). */
const FLAGS = 0x01;
const SERVICE_UUIDS_128 = 0x07;
const COMPLETE_LOCAL_NAME = 0x09;
const SERVICE_DATA_128 = 0x21;

/** LE General Discoverable, no BR/EDR (Supplement to the Core Specification v11 Part A section 1.3). */
const FLAGS_VALUE = 0x06;

/** Flags, and the rotating identity as data of the service: 29 bytes with an identity of 8. */
export function advertisingData(identity: Uint8Array): Uint8Array {
  return concat(structure(FLAGS, Uint8Array.of(FLAGS_VALUE)), structure(SERVICE_DATA_128, concat(uuidBytes(SERVICE_UUID), identity)));
}

/**
 * The service's UUID, for the scanners that filter by it (browsers, iOS): 18 bytes, the same for every car. With a local name that alone,
 * 20 bytes for a Tesla car's: both have no room, and Tesla's clients know a car by nothing else.
 */
export function scanResponseData(localName?: string): Uint8Array {
  return localName === undefined ? structure(SERVICE_UUIDS_128, uuidBytes(SERVICE_UUID)) : structure(COMPLETE_LOCAL_NAME, Uint8Array.from(localName, (letter) => letter.charCodeAt(0)));
}

function structure(type: number, value: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(1 + value.length, type), value);
}
