/** The GATT service of every Latchkey car: lower-case hexadecimal without dashes, as noble and bleno write it. */
export const SERVICE_UUID = "6513270e269e4d37b2a74de452e6b438";
/** Frames to the car: write, with or without response. */
export const TO_CAR_UUID = "6513270f269e4d37b2a74de452e6b438";
/** Frames from the car: indicate. */
export const FROM_CAR_UUID = "65132710269e4d37b2a74de452e6b438";

/** The service of a Tesla car, and its characteristics (teslamotors/vehicle-command, pkg/connector/ble). */
export const TESLA_SERVICE_UUID = "00000211b2d143f09b88960cebf8b91e";
/** To the car: write, with or without response. */
export const TESLA_TO_CAR_UUID = "00000212b2d143f09b88960cebf8b91e";
/** From the car: indicate or notify, as the client subscribes. */
export const TESLA_FROM_CAR_UUID = "00000213b2d143f09b88960cebf8b91e";
/** Read; clients read it now and then to keep a link alive. */
export const TESLA_VERSION_UUID = "00000214b2d143f09b88960cebf8b91e";

/** The GAP device name, the same for every car: a name of its own would follow a car through all its addresses. */
export const DEVICE_NAME = "Latchkey";

/** What an ATT PDU takes of the MTU before a written or indicated value (Bluetooth Core 5.4 Vol 3 Part F sections 3.4.5 and 3.4.7). */
export const ATT_HEADER_BYTES = 3;

/** The MTU of a link whose central asks for none (Core 5.4 Vol 3 Part G section 5.2.1). */
export const ATT_MTU_MIN = 23;

/** A UUID of this file as it travels: least significant byte first (Core 5.4 Vol 3 Part F section 3.2.1). */
export function uuidBytes(uuid: string): Uint8Array {
  return Uint8Array.from(uuid.match(/../g)!, (pair) => parseInt(pair, 16)).reverse();
}
