import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { blenoPackage, DEFAULT_DRIVER } from "../../hal/ble/index.ts";
import { adapterNames, bluetoothFaults, numberOf, type BluetoothPlaces } from "../../hal/bluetooth-check/index.ts";
import { testFolder } from "./support/folder.ts";

/** A machine in which nothing is wrong, with `files` added or replaced; undefined as content makes a folder. */
function machine(files: Readonly<Record<string, string | undefined>> = {}, missing?: string): BluetoothPlaces {
  const root = testFolder();
  const all = {
    "sys/class/bluetooth/hci0": undefined,
    "proc/self/status": "Name:\tnode\nCapEff:\t0000000000001000\n",
    "proc/1/comm": "systemd\n",
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    const full = join(root, path);
    mkdirSync(content === undefined ? full : dirname(full), { recursive: true });
    if (content !== undefined) writeFileSync(full, content);
  }
  return { sys: join(root, "sys"), proc: join(root, "proc"), platform: "linux", missingModule: () => missing };
}

const PACKAGE = blenoPackage(DEFAULT_DRIVER);

const kinds = (places: BluetoothPlaces, adapter?: string): string[] => bluetoothFaults(PACKAGE, adapter, places).map(({ kind }) => kind);

describe("what stands in the way of Bluetooth", () => {
  it("is nothing on a machine that has all of it", () => {
    expect(kinds(machine())).toEqual([]);
    expect(kinds(machine(), "hci0")).toEqual([]);
  });

  it("is a kernel without Bluetooth, and then nothing else but a missing package", () => {
    const places = { ...machine({ "proc/self/status": "CapEff:\t0\n" }, "@abandonware/bleno"), sys: testFolder() };
    expect(kinds(places)).toEqual(["noKernelSupport", "moduleMissing"]);
  });

  it("is another system than Linux", () => {
    expect(bluetoothFaults(PACKAGE, undefined, { ...machine(), platform: "darwin" })).toMatchObject([{ kind: "noKernelSupport", found: expect.stringContaining("darwin") }]);
  });

  it("is the want of an adapter, or of the one that was named", () => {
    const none = machine();
    expect(bluetoothFaults(PACKAGE, "hci7", none)).toEqual([{ kind: "noAdapter", found: "there is no adapter hci7", wayOut: "Use one of: hci0" }]);
    const empty = testFolder();
    mkdirSync(join(empty, "class", "bluetooth"), { recursive: true });
    expect(kinds({ ...none, sys: empty })).toEqual(["noAdapter"]);
  });

  it.each([
    ["soft", "sudo rfkill unblock bluetooth"],
    ["hard", "Flip the switch, or enable Bluetooth in the firmware's settings."],
  ])("is a %s block of the radio, but not that of another one", (how, wayOut) => {
    const block = { "sys/class/rfkill/rfkill1/soft": "0\n", "sys/class/rfkill/rfkill1/hard": "0\n", [`sys/class/rfkill/rfkill1/${how}`]: "1\n" };
    expect(bluetoothFaults(PACKAGE, undefined, machine({ ...block, "sys/class/rfkill/rfkill1/type": "bluetooth\n" }))).toMatchObject([{ kind: "blocked", wayOut }]);
    expect(kinds(machine({ ...block, "sys/class/rfkill/rfkill1/type": "wlan\n" }))).toEqual([]);
  });

  it("is a package that could not be built, by name", () => {
    expect(bluetoothFaults(blenoPackage("stoprocent"), undefined, machine({}, "@stoprocent/bleno"))).toEqual([
      { kind: "moduleMissing", found: "@stoprocent/bleno is not installed", wayOut: "npm install @stoprocent/bleno" },
    ]);
    expect(bluetoothFaults(PACKAGE, undefined, machine({}, "@abandonware/bluetooth-hci-socket"))).toMatchObject([
      { kind: "moduleMissing", found: expect.stringContaining("@abandonware/bluetooth-hci-socket") },
    ]);
  });

  it("is the daemon that holds the adapters", () => {
    expect(kinds(machine({ "proc/812/comm": "bluetoothd\n" }))).toEqual(["serviceInTheWay"]);
    expect(kinds(machine({ "proc/acpi/comm": "bluetoothd\n" }))).toEqual([]);
  });

  it("is a process without the right to open an adapter", () => {
    expect(kinds(machine({ "proc/self/status": "CapEff:\t0000000000002000\n" }))).toEqual(["noCapability"]);
  });

  it("is told all at once, in the order in which to mend it", () => {
    expect(kinds(machine({ "proc/812/comm": "bluetoothd\n", "proc/self/status": "CapEff:\t0\n" }, "@abandonware/bleno"))).toEqual(["moduleMissing", "serviceInTheWay", "noCapability"]);
  });
});

describe("the adapters of a machine", () => {
  it("come in the order of their numbers, without connections and other entries", () => {
    const places = machine({ "sys/class/bluetooth/hci10": undefined, "sys/class/bluetooth/hci2": undefined, "sys/class/bluetooth/hci0:64": undefined });
    expect(adapterNames(places)).toEqual(["hci0", "hci2", "hci10"]);
    expect(numberOf("hci10")).toBe(10);
  });
});
