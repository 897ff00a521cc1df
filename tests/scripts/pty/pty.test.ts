import { closeSync, existsSync, openSync, readFileSync, readlinkSync, readSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { openPty, type Pty } from "../../../scripts/pty/index.ts";
import { testFolder } from "../../hal/support/folder.ts";
import { describeWithTools } from "../../peers/nfc/tools.ts";

/** A pseudo-terminal that is taken away with the test, and what comes over its wire. */
async function pty(link?: string) {
  let text = "";
  const endings: string[] = [];
  let check: () => void = () => undefined;
  const opened: Pty = await openPty({
    ...(link === undefined ? {} : { link }),
    received: (bytes) => {
      text += Buffer.from(bytes).toString("latin1");
      check();
    },
    ended: (why) => {
      endings.push(why);
      check();
    },
  });
  onTestFinished(() => opened.close());
  const until = (holds: () => boolean): Promise<void> => new Promise((resolve) => {
    check = () => holds() && resolve();
    check();
  });
  return { opened, endings, heard: (wanted: string) => until(() => text === wanted), ended: () => until(() => endings.length > 0) };
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

  it("takes its link along, and ends without a word when it is closed", async () => {
    const link = join(testFolder(), "port");
    const { opened, endings } = await pty(link);
    await opened.close();
    opened.write(Uint8Array.of(1));
    expect([existsSync(link), endings]).toEqual([false, []]);
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
    const { opened, endings, ended } = await pty();
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
    process.kill(Number(children.at(-1)), "SIGKILL");
    await ended();
    opened.write(Uint8Array.of(1));
    expect(endings).toEqual(["socat ended (SIGKILL)"]);
  });

  it("that cannot have its link says why", async () => {
    await expect(pty("/nowhere/port")).rejects.toThrow(/socat ended \(.*nowhere.*No such file/);
    await expect(pty("/tmp/a,b")).rejects.toThrow('a pseudo-terminal cannot be called "/tmp/a,b"');
  });
});

it("without socat a pseudo-terminal says what to install", async () => {
  process.env["PATH"] = testFolder();
  await expect(pty()).rejects.toMatchObject({ message: "a pseudo-terminal needs the program socat, which is not installed", wayOut: "Install it: sudo apt-get install socat" });
});
