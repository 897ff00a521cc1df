/**
 * The libraries that can drive an adapter, by the scope of their packages. `abandonware` is what this package brings; `stoprocent` is a
 * maintained fork with prebuilt native parts whose car serves several phones at once, to be installed beside it.
 */
export const BLUETOOTH_DRIVERS = ["abandonware", "stoprocent"] as const;
export type BluetoothDriver = (typeof BLUETOOTH_DRIVERS)[number];

export const DEFAULT_DRIVER: BluetoothDriver = "abandonware";

/** The package with the car's side (a GATT server), the key's side, and the socket that both need. */
export const blenoPackage = (driver: BluetoothDriver): string => `@${driver}/bleno`;
export const noblePackage = (driver: BluetoothDriver): string => `@${driver}/noble`;
export const hciSocketPackage = (driver: BluetoothDriver): string => `@${driver}/bluetooth-hci-socket`;
