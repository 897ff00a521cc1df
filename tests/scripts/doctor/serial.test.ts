import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { serialChecks, type SerialPlaces } from "../../../scripts/doctor/serial.ts";
import { testFolder } from "../../hal/support/folder.ts";

/** The machine that these files make. */
function machine(files: Readonly<Record<string, string>>, more: Partial<SerialPlaces> = {}): SerialPlaces {
  const root = testFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { dev: join(root, "dev"), proc: join(root, "proc"), sys: join(root, "sys"), serialFault: () => undefined, gpioTools: async () => 2, ...more };
}

const inShort = async (places: SerialPlaces): Promise<readonly string[]> => (await serialChecks(places)).map(({ what, state, found, wayOut }) => `${what} ${state}: ${found} | ${wayOut}`);

describe("doctor, of serial ports, GPIO and the clock", () => {
  it("finds nothing wrong where nothing is attached", async () => {
    expect(await inShort(machine({}))).toEqual(["serial absent: no serial port | Not needed by a virtual car.", "gpio absent: no GPIO chip | Not needed by a virtual car."]);
  });

  it("names a port by the path that stays", async () => {
    const [serial] = await inShort(machine({ "dev/ttyUSB0": "", "dev/serial/by-path/platform-usb-0:1.2": "" }));
    expect(serial).toMatch(/^serial ok: ttyUSB0 \| .*\/by-path\/platform-usb-0:1\.2$/);
  });

  it("names the group that may open ports", async () => {
    const [serial] = await inShort(machine({ "dev/ttyUSB0": "" }, { isUsable: () => false }));
    expect(serial).toMatch(/^serial fault: no permission for ttyUSB0 \| .*dialout/);
  });

  it("says that this Node does not read ports, as a fault where there are some", async () => {
    const fault = { kind: "unreadable", found: "not on this Node", wayOut: "Use another." } as const;
    expect((await inShort(machine({ "dev/ttyUSB0": "" }, { serialFault: () => fault })))[0]).toBe("serial fault: not on this Node | Use another.");
    expect((await inShort(machine({}, { serialFault: () => fault })))[0]).toBe("serial warning: not on this Node | Use another.");
  });

  it("warns of programs that open ports of others, where a USB port is there", async () => {
    const programs = { "proc/12/comm": "brltty\n", "proc/13/comm": "ModemManager\n", "proc/14/comm": "bash\n" };
    const warned = (await inShort(machine({ "dev/ttyUSB0": "", ...programs }))).filter((line) => line.startsWith("serial warning"));
    expect(warned.map((line) => line.split(" ")[2])).toEqual(["brltty", "ModemManager"]);
    expect((await inShort(machine({ "dev/ttyAMA0": "", ...programs }))).filter((line) => line.startsWith("serial warning"))).toEqual([]);
  });

  it("tells the tools for GPIO lines, or the command that installs them", async () => {
    expect((await inShort(machine({ "dev/gpiochip0": "" })))[1]).toBe("gpio ok: gpiod tools of version 2 | ");
    const fault = { kind: "toolsMissing", found: "none", wayOut: "install" } as const;
    expect((await inShort(machine({ "dev/gpiochip0": "" }, { gpioTools: async () => fault })))[1]).toMatch(/^gpio warning: none \| install/);
  });

  it("tells a clock that runs from one whose cell is dead", async () => {
    expect((await inShort(machine({ "sys/class/rtc/rtc0/since_epoch": "1790000000\n" }))).at(-1)).toMatch(/^rtc ok: 2026-/);
    expect((await inShort(machine({ "sys/class/rtc/rtc0/since_epoch": "946684800\n" }))).at(-1)).toMatch(/^rtc warning: .*J5/);
  });
});
