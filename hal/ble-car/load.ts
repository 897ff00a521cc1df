import { err, ok, type Result } from "../../firmware/base/index.ts";
import { blenoPackage, DEVICE_NAME, type BluetoothDriver } from "../ble/index.ts";
import { bluetoothFaults, numberOf, type BluetoothFault } from "../bluetooth-check/index.ts";
import { requirePackage } from "../optional-package/index.ts";
import type { Bleno } from "./bleno.ts";

/**
 * bleno for `adapter` (the first, where undefined), on the adapter's user channel. Once per process: bleno is a singleton.
 *
 * Looks before it imports: on a kernel without Bluetooth the import throws, and on some versions of Node ends the process.
 */
export async function loadBleno(driver: BluetoothDriver, adapter: string | undefined): Promise<Result<Bleno, BluetoothFault>> {
  const [fault] = bluetoothFaults(blenoPackage(driver), adapter);
  if (fault !== undefined) return err(fault);
  process.env["HCI_CHANNEL_USER"] = "1";
  // Else every stranger could read the machine's host name there.
  process.env["BLENO_DEVICE_NAME"] = DEVICE_NAME;
  if (adapter !== undefined) process.env["BLENO_HCI_DEVICE_ID"] = String(numberOf(adapter));
  return ok(requirePackage<Bleno>(blenoPackage(driver)));
}
