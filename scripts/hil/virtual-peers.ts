import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import type { Bleno } from "../../hal/ble-car/index.ts";
import { blenoPackage, DEFAULT_DRIVER, DEVICE_NAME, noblePackage, type BluetoothDriver } from "../../hal/ble/index.ts";
import type { Noble } from "../../hal/ble-key/index.ts";
import type { HciController } from "../../sim/hci/index.ts";
import { packagePath } from "../cli/package-file.ts";

/** Unmodified noble and bleno in a package of their own, whose socket class finds the controllers of {@link putUp} by device number. */
export const PEERS_FOLDER = packagePath("tests", "ble", "peers");
const REGISTRY = Symbol.for("latchkey.virtual-hci");

export function arePeersInstalled(): boolean {
  return existsSync(`${PEERS_FOLDER}/node_modules/@abandonware/bleno`) && existsSync(`${PEERS_FOLDER}/node_modules/@stoprocent/bleno`);
}

/** Makes these controllers the adapters of this process; the answer takes them down again. */
export function putUp(controllers: ReadonlyMap<number, HciController>): () => void {
  Reflect.set(globalThis, REGISTRY, controllers);
  return () => void Reflect.deleteProperty(globalThis, REGISTRY);
}

/** A bleno that nobody has used yet, on controller `device`: it is a singleton, so its modules are loaded anew. */
export function loadVirtualBleno(device: number, driver: BluetoothDriver = DEFAULT_DRIVER): Bleno {
  const require = peersRequire();
  for (const path of Object.keys(require.cache)) if (path.includes(`/${blenoPackage(driver)}/`)) delete require.cache[path];
  Object.assign(process.env, { BLENO_HCI_DEVICE_ID: String(device), BLENO_DEVICE_NAME: DEVICE_NAME, HCI_CHANNEL_USER: "1" });
  return require(blenoPackage(driver)) as Bleno;
}

export function loadVirtualNoble(device: number, driver: BluetoothDriver = DEFAULT_DRIVER): Noble {
  process.env["HCI_CHANNEL_USER"] = "1";
  if (driver === "abandonware") return (peersRequire()(`${noblePackage(driver)}/with-custom-binding`) as (options: object) => Noble)({ deviceId: device });
  const { withBindings } = peersRequire()(noblePackage(driver)) as { withBindings(kind: string, options: object): Noble };
  return withBindings("hci", { deviceId: device });
}

function peersRequire(): NodeJS.Require {
  return createRequire(`${PEERS_FOLDER}/package.json`);
}
