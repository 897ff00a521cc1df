import { err, ok, type Result } from "../../firmware/base/index.ts";
import { NOBLE_PACKAGE, bluetoothFaults, numberOf, type BluetoothFault } from "../bluetooth-check/index.ts";
import type { Noble } from "./noble.ts";

/** noble for `adapter` (the first, where undefined), on the adapter's user channel. Looks before it imports, as the car's side does. */
export async function loadNoble(adapter: string | undefined): Promise<Result<Noble, BluetoothFault>> {
  const [fault] = bluetoothFaults(NOBLE_PACKAGE, adapter);
  if (fault !== undefined) return err(fault);
  process.env["HCI_CHANNEL_USER"] = "1";
  if (adapter !== undefined) process.env["NOBLE_HCI_DEVICE_ID"] = String(numberOf(adapter));
  const { default: noble } = (await import(NOBLE_PACKAGE)) as { default: Noble };
  return ok(noble);
}
