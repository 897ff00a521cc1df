import { appendFileSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FLASH_FILE_HEADER_BYTES, openFlashFile, recordingFileOperations, systemFileOperations, type FileOperations, type FlashFile } from "../../../hal/flash-file/index.ts";
import type { FlashGeometry } from "../../../firmware/ports/index.ts";
import { testFolder } from "../support/folder.ts";
import { bundledProgram, startProcess } from "../support/process.ts";
import { flashContract, TEST_GEOMETRY } from "./contract.ts";

const DATA = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function open(path: string, options: { geometry?: FlashGeometry; operations?: FileOperations } = {}): FlashFile {
  const opened = openFlashFile({ path, geometry: TEST_GEOMETRY, ...options });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

function refusal(path: string, geometry: FlashGeometry = TEST_GEOMETRY): { kind: string; message: string } {
  const opened = openFlashFile({ path, geometry });
  if (opened.ok) throw new Error("it opened");
  return opened.error;
}

function synced(flash: FlashFile): Promise<Error | undefined> {
  return new Promise((resolve) => flash.sync(resolve));
}

describe("flash in a file", () => {
  flashContract((geometry) => open(join(testFolder(), "flash"), { geometry }));

  it("keeps what was programmed and erased when it is opened again", () => {
    const path = join(testFolder(), "flash");
    const first = open(path);
    first.program(0, DATA);
    first.program(256, DATA);
    first.erase(1);
    first.close();
    const second = open(path);
    expect(second.read(0, 8)).toEqual(DATA);
    expect(second.read(256, 8)).toEqual(new Uint8Array(8).fill(0xff));
    expect(second.program(0, DATA)).toMatchObject({ ok: false, error: { kind: "not-erased" } });
    second.close();
  });

  it("is a text line and an image, private, and leaves nothing else behind after close", () => {
    const folder = testFolder();
    const path = join(folder, "flash");
    const flash = open(path);
    expect(readFileSync(path, "latin1").split("\n")[0]).toBe("latchkey-flash 1 sectors=4 sectorBytes=256 writeAlignBytes=8 erasedByte=ff");
    expect(statSync(path).size).toBe(FLASH_FILE_HEADER_BYTES + 1024);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    flash.close();
    expect(readdirSync(folder)).toEqual(["flash"]);
  });

  it("ignores what a killed process left of a new file", () => {
    const path = join(testFolder(), "flash");
    writeFileSync(`${path}.new`, "half");
    open(path).close();
    expect(statSync(path).size).toBe(FLASH_FILE_HEADER_BYTES + 1024);
  });

  it("refuses another geometry and names path, both geometries and the way out", () => {
    const path = join(testFolder(), "flash");
    open(path).close();
    const error = refusal(path, { ...TEST_GEOMETRY, sectorCount: 8 });
    expect(error.kind).toBe("mismatch");
    expect(error.message).toContain(path);
    expect(error.message).toContain("found sectors=4 ");
    expect(error.message).toContain("expected sectors=8 ");
    open(path).close(); // the refusal let go of the lock
  });

  it("refuses a file that was cut, extended, damaged in its header, or never a flash", () => {
    const path = join(testFolder(), "flash");
    open(path).close();
    appendFileSync(path, "x");
    expect(refusal(path)).toMatchObject({ kind: "mismatch", message: expect.stringContaining("has 5121 bytes, expected 5120") });
    truncateSync(path, 5000);
    expect(refusal(path).message).toContain("has 5000 bytes");
    truncateSync(path, 20);
    expect(refusal(path).kind).toBe("mismatch");
    writeFileSync(path, "an important letter");
    expect(refusal(path).message).toContain("is no flash file");
    writeFileSync(path, "");
    expect(refusal(path).message).toContain("is no flash file");
    expect(readFileSync(path, "utf8")).toBe("");
  });

  it("refuses a header that says the right thing with other bytes behind it", () => {
    const path = join(testFolder(), "flash");
    open(path).close();
    const bytes = readFileSync(path);
    bytes[3000] = 1;
    writeFileSync(path, bytes);
    expect(refusal(path).message).toContain("damaged header");
  });

  it("refuses a folder, and a path in a folder that is not there", () => {
    const folder = testFolder();
    expect(refusal(folder).kind).toBe("io");
    expect(refusal(join(folder, "none", "flash"))).toMatchObject({ kind: "io", message: expect.stringContaining("none") });
  });

  it("answers io to everything but reads after close, and may be closed twice", async () => {
    const flash = open(join(testFolder(), "flash"));
    flash.close();
    flash.close();
    expect(flash.program(0, DATA)).toMatchObject({ ok: false, error: { kind: "io" } });
    expect(flash.erase(0)).toMatchObject({ ok: false, error: { kind: "io" } });
    expect((await synced(flash))?.message).toContain("closed");
  });
});

describe("the lock of a flash file", () => {
  it("refuses a second open in the same process, also through a link, until the first closes", () => {
    const folder = testFolder();
    const [path, link] = [join(folder, "flash"), join(folder, "link")];
    const flash = open(path);
    symlinkSync(path, link);
    for (const name of [path, link]) {
      expect(refusal(name)).toMatchObject({ kind: "locked", message: expect.stringContaining(`in use by process ${process.pid}`) });
    }
    flash.close();
    open(link).close();
  });

  it("holds against another process, and is free at once after kill -9 of it, with what it programmed", async () => {
    const path = join(testFolder(), "flash");
    const program = await bundledProgram(`
      import { openFlashFile } from "./hal/flash-file/index.ts";
      const opened = openFlashFile({ path: process.argv[2]!, geometry: ${JSON.stringify(TEST_GEOMETRY)} });
      if (!opened.ok) throw new Error(opened.error.message);
      opened.value.program(0, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
      opened.value.sync(() => console.log("synced"));
      setInterval(() => undefined, 1000);
    `);
    const other = startProcess(program, [path]);
    await other.line("synced");
    expect(refusal(path)).toMatchObject({ kind: "locked", message: expect.stringContaining(`process ${other.process.pid}`) });
    await other.kill();
    const flash = open(path);
    expect(flash.read(0, 8)).toEqual(DATA);
    flash.close();
  });
});

describe("sync of a flash file", () => {
  it("calls back later, once, after the writes before it", async () => {
    const operations = recordingFileOperations();
    const flash = open(join(testFolder(), "flash"), { operations });
    flash.program(8, DATA);
    flash.erase(2);
    let calls = 0;
    const done = new Promise<void>((resolve) => flash.sync(() => resolve(void calls++)));
    expect(calls).toBe(0);
    await done;
    expect(operations.log).toEqual([
      { kind: "write", offset: FLASH_FILE_HEADER_BYTES + 8, data: DATA },
      { kind: "write", offset: FLASH_FILE_HEADER_BYTES + 512, data: new Uint8Array(256).fill(0xff) },
      { kind: "sync", writeCount: 2 },
    ]);
    expect(calls).toBe(1);
    flash.close();
  });

  it("runs again for writes made while one was running, and once for all who asked meanwhile", async () => {
    const operations = recordingFileOperations();
    const flash = open(join(testFolder(), "flash"), { operations });
    flash.program(0, DATA);
    const first = synced(flash);
    flash.program(8, DATA);
    const later = [synced(flash), synced(flash)];
    expect(await first).toBeUndefined();
    expect(await Promise.all(later)).toEqual([undefined, undefined]);
    expect(operations.log.filter(({ kind }) => kind === "sync")).toEqual([{ kind: "sync", writeCount: 1 }, { kind: "sync", writeCount: 2 }]);
    flash.close();
  });

  it("asks the disk once after opening, for what a process before this one may have left unsynced, and then only after writes", async () => {
    const operations = recordingFileOperations();
    const flash = open(join(testFolder(), "flash"), { operations });
    expect(await synced(flash)).toBeUndefined();
    expect(operations.log).toEqual([{ kind: "sync", writeCount: 0 }]);
    expect(await synced(flash)).toBeUndefined();
    expect(operations.log).toHaveLength(1);
    flash.close();
  });

  it("serves a sync that is asked for from within a callback", async () => {
    const flash = open(join(testFolder(), "flash"));
    flash.program(0, DATA);
    await new Promise<void>((resolve) => {
      flash.sync(() => {
        flash.program(8, DATA);
        flash.sync(() => resolve());
      });
    });
    flash.close();
  });

  it("finishes a sync asked for from within a callback before a close asked for there", async () => {
    const held: (() => void)[] = [];
    const operations: FileOperations = { ...systemFileOperations, fdatasync: (file, done) => void held.push(() => systemFileOperations.fdatasync(file, done)) };
    const path = join(testFolder(), "flash");
    const flash = open(path, { operations });
    flash.program(0, DATA);
    const last = new Promise<Error | undefined>((resolve) => {
      flash.sync(() => {
        flash.program(8, DATA);
        flash.sync(resolve);
        flash.close();
      });
    });
    held.shift()!();
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(refusal(path).kind).toBe("locked");
    held.shift()!();
    expect(await last).toBeUndefined();
    open(path).close();
  });

  it("stays failed after one failed fdatasync, although the next would say that all is well", async () => {
    let failing = true;
    const operations: FileOperations = {
      ...systemFileOperations,
      fdatasync(file, done) {
        if (failing) setImmediate(() => done(new Error("EIO")));
        else systemFileOperations.fdatasync(file, done);
        failing = false;
      },
    };
    const flash = open(join(testFolder(), "flash"), { operations });
    flash.program(0, DATA);
    const [first, meanwhile] = [synced(flash), synced(flash)];
    expect((await first)?.message).toBe("EIO");
    expect((await meanwhile)?.message).toContain("EIO");
    expect((await synced(flash))?.message).toContain("EIO");
    expect(flash.program(8, DATA)).toMatchObject({ ok: false, error: { kind: "io", detail: expect.stringContaining("EIO") } });
    flash.close();
  });

  it("finishes a running sync before close lets go of file and lock", async () => {
    let release: (() => void) | undefined;
    const operations: FileOperations = { ...systemFileOperations, fdatasync: (file, done) => (release = () => systemFileOperations.fdatasync(file, done)) };
    const path = join(testFolder(), "flash");
    const flash = open(path, { operations });
    flash.program(0, DATA);
    const done = synced(flash);
    flash.close();
    expect(refusal(path).kind).toBe("locked");
    release!();
    expect(await done).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    open(path).close();
  });
});

describe("a flash file on a failing disk", () => {
  it("writes on after a short write", () => {
    const operations: FileOperations = { ...systemFileOperations, write: (file, data, offset) => systemFileOperations.write(file, data.subarray(0, 3), offset) };
    const path = join(testFolder(), "flash");
    const flash = open(path, { operations });
    flash.program(0, DATA);
    flash.close();
    expect(readFileSync(path).subarray(FLASH_FILE_HEADER_BYTES, FLASH_FILE_HEADER_BYTES + 8)).toEqual(Buffer.from(DATA));
  });

  it("answers io when a write fails, and to everything after it", async () => {
    const operations: FileOperations = {
      ...systemFileOperations,
      write() {
        throw new Error("ENOSPC: no space left on device");
      },
    };
    const flash = open(join(testFolder(), "flash"), { operations });
    expect(flash.program(0, DATA)).toMatchObject({ ok: false, error: { kind: "io", detail: expect.stringContaining("ENOSPC") } });
    expect(flash.read(0, 8)).toEqual(new Uint8Array(8).fill(0xff));
    expect(flash.erase(0)).toMatchObject({ ok: false, error: { kind: "io" } });
    expect((await synced(flash))?.message).toContain("ENOSPC");
    flash.close();
  });
});
