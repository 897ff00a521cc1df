import { createRequire } from "node:module";
import { join } from "node:path";
import { DEFAULT_DRIVER, hciSocketPackage, type BluetoothDriver } from "../ble/index.ts";
import { entriesOf, textOf } from "../system-files/index.ts";

/** Bits of a capability set (capabilities(7)). The user channel of an adapter needs the first. */
const CAP_NET_ADMIN = 12n;

/** What stands in the way of Bluetooth, with the command that mends it. */
export interface BluetoothFault {
  readonly kind: "noKernelSupport" | "noAdapter" | "blocked" | "moduleMissing" | "serviceInTheWay" | "noCapability";
  readonly found: string;
  readonly wayOut: string;
}

/** Where to look; the machine's own places unless given. */
export interface BluetoothPlaces {
  readonly sys?: string;
  readonly proc?: string;
  readonly platform?: string;
  /** The first of these packages that is missing, each looked for from inside the one before. */
  readonly missingModule?: (names: readonly string[]) => string | undefined;
}

/** The adapters of this machine by name, hci0 first. */
export function adapterNames(places: BluetoothPlaces = {}): readonly string[] {
  return entriesOf(join(places.sys ?? "/sys", "class", "bluetooth"))
    .filter((name) => /^hci[0-9]+$/.test(name))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

/** Index of an adapter's name: 0 for hci0. */
export function numberOf(adapter: string): number {
  return Number(adapter.slice("hci".length));
}

/** Everything that keeps `packageName` from using `adapter` (any, where undefined), in the order in which to mend it. Changes and opens nothing. */
export function bluetoothFaults(packageName: string, adapter: string | undefined, places: BluetoothPlaces = {}): readonly BluetoothFault[] {
  const names = adapterNames(places);
  const faults = [kernelFault(places), adapterFault(names, adapter, places), rfkillFault(places), moduleFault(packageName, places), serviceFault(places), capabilityFault(places)];
  const found = faults.filter((fault) => fault !== undefined);
  // Without a kernel or an adapter nothing else can be judged but what is to be installed.
  return found.some(({ kind }) => kind === "noKernelSupport") ? found.filter(({ kind }) => kind === "noKernelSupport" || kind === "moduleMissing") : found;
}

function kernelFault(places: BluetoothPlaces): BluetoothFault | undefined {
  const platform = places.platform ?? process.platform;
  if (platform !== "linux") return { kind: "noKernelSupport", found: `Bluetooth is reached on Linux alone; this is ${platform}`, wayOut: "Use the socket radio here." };
  if (entriesOf(join(places.sys ?? "/sys", "class")).includes("bluetooth")) return undefined;
  return { kind: "noKernelSupport", found: "this kernel has no Bluetooth, or it is not loaded", wayOut: "sudo modprobe bluetooth btusb" };
}

function adapterFault(names: readonly string[], adapter: string | undefined, places: BluetoothPlaces): BluetoothFault | undefined {
  if (kernelFault(places) !== undefined) return undefined;
  if (names.length === 0) return { kind: "noAdapter", found: "no Bluetooth adapter", wayOut: "Plug one in; on a Pi's own radio: sudo systemctl enable --now hciuart" };
  if (adapter === undefined || names.includes(adapter)) return undefined;
  return { kind: "noAdapter", found: `there is no adapter ${adapter}`, wayOut: `Use one of: ${names.join(", ")}` };
}

function rfkillFault(places: BluetoothPlaces): BluetoothFault | undefined {
  const folder = join(places.sys ?? "/sys", "class", "rfkill");
  for (const name of entriesOf(folder)) {
    if (textOf(join(folder, name, "type")) !== "bluetooth") continue;
    if (textOf(join(folder, name, "hard")) === "1") return { kind: "blocked", found: "Bluetooth is switched off by a hardware switch (rfkill)", wayOut: "Flip the switch, or enable Bluetooth in the firmware's settings." };
    if (textOf(join(folder, name, "soft")) === "1") return { kind: "blocked", found: "Bluetooth is switched off (rfkill)", wayOut: "sudo rfkill unblock bluetooth" };
  }
  return undefined;
}

function moduleFault(packageName: string, places: BluetoothPlaces): BluetoothFault | undefined {
  const driver = packageName.slice(1, packageName.indexOf("/")) as BluetoothDriver;
  const missing = (places.missingModule ?? missingModule)([packageName, hciSocketPackage(driver)]);
  if (missing === undefined) return undefined;
  if (driver !== DEFAULT_DRIVER) return { kind: "moduleMissing", found: `${missing} is not installed`, wayOut: `npm install ${packageName}` };
  return { kind: "moduleMissing", found: `${missing} is not installed: its native part was not built`, wayOut: "sudo apt-get install g++ make python3 && npm ci --include=optional" };
}

function serviceFault(places: BluetoothPlaces): BluetoothFault | undefined {
  const proc = places.proc ?? "/proc";
  const runs = entriesOf(proc).some((pid) => /^[0-9]+$/.test(pid) && textOf(join(proc, pid, "comm")) === "bluetoothd");
  if (!runs) return undefined;
  return { kind: "serviceInTheWay", found: "bluetoothd holds the adapters", wayOut: "sudo systemctl disable --now bluetooth" };
}

function capabilityFault(places: BluetoothPlaces): BluetoothFault | undefined {
  const status = textOf(join(places.proc ?? "/proc", "self", "status")) ?? "";
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (effective !== undefined && (BigInt(`0x${effective}`) & (1n << CAP_NET_ADMIN)) !== 0n) return undefined;
  return { kind: "noCapability", found: "this process may not open an adapter: it lacks CAP_NET_ADMIN", wayOut: "Start it with: sudo setpriv --reuid $(id -u) --regid $(id -g) --init-groups --inh-caps +net_admin --ambient-caps +net_admin -- COMMAND, or AmbientCapabilities=CAP_NET_ADMIN in its systemd unit." };
}

function missingModule(names: readonly string[]): string | undefined {
  let from = import.meta.url;
  return names.find((name) => {
    try {
      from = createRequire(from).resolve(name);
      return false;
    } catch {
      return true;
    }
  });
}
