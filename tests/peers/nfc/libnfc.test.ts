import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { testFolder } from "../../hal/support/folder.ts";
import { describeWithTools, start, type Program } from "../tools.ts";

const LATCHKEY = fileURLToPath(new URL("../../../dist/bin/latchkey.js", import.meta.url));

/** `latchkey device pn532` as a process, and the environment that leads libnfc to it. */
async function device(...args: readonly string[]): Promise<{ reader: Program; environment: NodeJS.ProcessEnv; link: string }> {
  const link = join(testFolder(), "reader");
  const reader = start(process.execPath, [LATCHKEY, "device", "pn532", "--link", link, ...args]);
  await reader.says("A virtual PN532 is at");
  return { reader, link, environment: { LIBNFC_DEVICE: `pn532_uart:${link}:115200` } };
}

describeWithTools("libnfc on our virtual PN532", ["socat", "nfc-list", "nfc-poll"], () => {
  it("nfc-list finds the reader and the card on it", async () => {
    const { environment } = await device("--card", "blank");
    const tool = start("nfc-list", ["-v"], environment);
    expect([await tool.ended, tool.output()]).toEqual([0, expect.stringContaining("1 ISO14443A passive target(s) found")]);
    expect(tool.output().replace(/ +/g, " ")).toContain("ATQA (SENS_RES): 00 44");
    expect(tool.output().replace(/ +/g, " ")).toContain("UID (NFCID1): 04 1a 2b 3c 4d 5e 6f");
    expect(tool.output().replace(/ +/g, " ")).toContain("SAK (SEL_RES): 20");
    expect(tool.output().replace(/ +/g, " ")).toContain("ATS: 78 80 70 02");
  });

  it("nfc-list meets a card of our own type under another UID each time, and else as any other of its kind", async () => {
    const { environment } = await device("--card", "own");
    const seen: string[] = [];
    for (let run = 0; run < 2; run++) {
      const tool = start("nfc-list", ["-v"], environment);
      expect([await tool.ended, tool.output()]).toEqual([0, expect.stringContaining("1 ISO14443A passive target(s) found")]);
      expect(tool.output().replace(/ +/g, " ")).toContain("ATS: 78 80 70 02");
      seen.push(/UID \(NFCID.\): +(08 .*)/.exec(tool.output())![1]!);
    }
    expect(seen[0]).not.toBe(seen[1]);
  });

  it("nfc-list finds the reader, and no card where none lies, one run after another", async () => {
    const { environment } = await device();
    for (let run = 0; run < 2; run++) {
      const tool = start("nfc-list", ["-v"], environment);
      expect([await tool.ended, tool.output()]).toEqual([0, expect.stringContaining("0 ISO14443A passive target(s) found")]);
      expect(tool.output()).toContain("opened");
    }
  });

  it("nfc-poll sees a card that is tapped later, and sees it leave", async () => {
    const { reader, environment } = await device();
    // It speaks line by line only to a terminal.
    const tool = start("stdbuf", ["-oL", "nfc-poll"], environment);
    await tool.says("NFC device will poll during");
    reader.child.stdin!.write("tap blank\n");
    await tool.says("04  1a  2b  3c  4d  5e  6f");
    await tool.says("SAK (SEL_RES): 20");
    reader.child.stdin!.write("remove\n");
    expect([await tool.ended, tool.output()]).toEqual([0, expect.stringContaining("done.")]);
  });

  it("the device ends cleanly when told to, and takes its link along", async () => {
    const { reader, link } = await device();
    reader.child.kill("SIGTERM");
    expect(await reader.ended).toBe(0);
    const tool = start("nfc-list", [], { LIBNFC_DEVICE: `pn532_uart:${link}:115200` });
    await tool.ended;
    expect(tool.output()).toContain("Unable to open NFC device");
  });
});
