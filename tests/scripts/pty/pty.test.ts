import { closeSync, existsSync, openSync, readFileSync, readlinkSync, readSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { openPty, UNREAD_BYTES_MAX } from "../../../scripts/pty/index.ts";
import { testFolder } from "../../hal/support/folder.ts";
import { describeWithTools } from "../../peers/tools.ts";

/** A pseudo-terminal that is taken away with the test, and what comes over its wire. */
async function pty(link: string) {
  let text = "";
  let check: () => void = () => undefined;
  const opened = await openPty(link, (bytes) => {
    text += Buffer.from(bytes).toString("latin1");
    check();
  });
  onTestFinished(() => opened.close());
  const heard = (wanted: string): Promise<void> => new Promise((resolve) => {
    check = () => text === wanted && resolve();
    check();
  });
  return { opened, heard };
}

const PATH = process.env["PATH"];
afterEach(() => {
  process.env["PATH"] = PATH;
});

describeWithTools("a pseudo-terminal", ["socat"], () => {
  it("carries raw bytes both ways, to one program after another", async () => {
    const link = join(testFolder(), "port");
    const { opened, heard } = await pty(link);
    expect(opened.path).toBe(link);
    let sofar = "";
    for (const text of ["\x03\x11\x13\x00\xff\r\n", "again\n"]) {
      const port = openSync(link, "r+");
      writeSync(port, Buffer.from(text, "latin1"));
      sofar += text;
      await heard(sofar);
      opened.write(Buffer.from(text, "latin1"));
      const back = Buffer.alloc(text.length);
      for (let at = 0; at < back.length; ) at += readSync(port, back, at, back.length - at, null);
      expect(back.toString("latin1")).toBe(text);
      closeSync(port);
    }
  });

  it("takes its link along", async () => {
    const link = join(testFolder(), "port");
    const { opened } = await pty(link);
    await opened.close();
    expect([opened.write(Uint8Array.of(1)), existsSync(link)]).toEqual([false, false]);
  });

  it("replaces a link that was left over, and no file or folder", async () => {
    const folder = testFolder();
    const [link, file] = [join(folder, "port"), join(folder, "file")];
    symlinkSync("/dev/pts/gone", link);
    await pty(link);
    expect(readlinkSync(link)).not.toBe("/dev/pts/gone");
    writeFileSync(file, "precious");
    await expect(pty(file)).rejects.toThrow(`${file} exists and is no link`);
    await expect(pty(folder)).rejects.toThrow(`${folder} exists and is no link`);
    expect(readFileSync(file, "utf8")).toBe("precious");
  });

  it("that goes by itself says so", async () => {
    const { opened } = await pty(join(testFolder(), "port"));
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
    process.kill(Number(children.at(-1)), "SIGKILL");
    expect(await opened.ended).toBe("socat ended (SIGKILL)");
    expect(opened.write(Uint8Array.of(1))).toBe(false);
  });

  it("drops what nobody reads, beyond its bound", async () => {
    const { opened } = await pty(join(testFolder(), "port"));
    let takenBytes = 0;
    const chunk = new Uint8Array(16_384);
    for (let round = 0; round < 1000; round++) if (opened.write(chunk)) takenBytes += chunk.length;
    expect(takenBytes).toBeGreaterThan(0);
    // The kernel's own pipe takes some, besides.
    expect(takenBytes).toBeLessThan(UNREAD_BYTES_MAX + 1_048_576);
  });

  it("that cannot have its link says why", async () => {
    await expect(pty("/nowhere/port")).rejects.toThrow(/no pseudo-terminal at \/nowhere\/port: socat ended \(.*No such file/);
    await expect(pty("/tmp/a,b")).rejects.toThrow('a pseudo-terminal cannot be called "/tmp/a,b"');
  });
});

it("without socat a pseudo-terminal says what to install", async () => {
  process.env["PATH"] = testFolder();
  await expect(pty(join(testFolder(), "port"))).rejects.toMatchObject({ message: "a pseudo-terminal needs the program socat, which is not installed", wayOut: "Install it: sudo apt-get install socat" });
});
