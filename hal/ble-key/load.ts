import { err, ok, type Result } from "../../firmware/base/index.ts";
import { noblePackage, type BluetoothDriver } from "../ble/index.ts";
import { bluetoothFaults, numberOf, type BluetoothFault } from "../bluetooth-check/index.ts";
import { requirePackage } from "../optional-package/index.ts";
import type { Noble } from "./noble.ts";

/** noble for `adapter` (the first, where undefined), on the adapter's user channel. Looks before it imports, as the car's side does. */
export async function loadNoble(driver: BluetoothDriver, adapter: string | undefined): Promise<Result<Noble, BluetoothFault>> {
  const [fault] = bluetoothFaults(noblePackage(driver), adapter);
  if (fault !== undefined) return err(fault);
  process.env["HCI_CHANNEL_USER"] = "1";
  // The fork would else let anybody's environment choose another way to the adapter.
  process.env["NOBLE_BINDINGS"] = "hci";
  if (adapter !== undefined) process.env["NOBLE_HCI_DEVICE_ID"] = String(numberOf(adapter));
  return ok(requirePackage<Noble>(noblePackage(driver)));
}
