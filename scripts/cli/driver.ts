import { BLUETOOTH_DRIVERS, DEFAULT_DRIVER, type BluetoothDriver } from "../../hal/ble/index.ts";
import { UsageError, type OptionDescription, type OptionValues } from "./command.ts";

/** The option of every command that may open a Bluetooth adapter. */
export const DRIVER_OPTION: Readonly<Record<string, OptionDescription>> = {
  driver: { type: "string", value: BLUETOOTH_DRIVERS.join("|"), help: `the Bluetooth library (default ${DEFAULT_DRIVER}; see docs/bluetooth.md)` },
};

export function driverOf(values: OptionValues): BluetoothDriver {
  const word = values["driver"] ?? DEFAULT_DRIVER;
  const driver = BLUETOOTH_DRIVERS.find((name) => name === word);
  if (driver === undefined) throw new UsageError(`--driver ${String(word)} is not known; use one of: ${BLUETOOTH_DRIVERS.join(", ")}`);
  return driver;
}
