import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { STEP_TIMEOUT_MS } from "../../../firmware/key/index.ts";
import { KEY_FILE_BYTES_MAX, openKeyFile, type KeyFile, type KeyFileFault } from "../../../hal/key-file/index.ts";
import { LATCH_WAIT_MS } from "../../../scripts/key/car-connection.ts";
import { testFolder } from "../support/folder.ts";
import { bundledProgram, startProcess } from "../support/process.ts";

async function open(path: string, waitMs?: number): Promise<KeyFile> {
  const opened = await openKeyFile(path, waitMs);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

async function refusal(path: string, waitMs = 0): Promise<KeyFileFault> {
  const opened = await openKeyFile(path, waitMs);
  if (opened.ok) throw new Error("it opened");
  return opened.error;
}

describe("a key file", () => {
  it("does not exist before its first save; afterwards it holds the bytes, for its user alone", async () => {
    const folder = testFolder();
    const path = join(folder, "deep", "er", "key");
    const file = await open(path);
    expect(file.bytes).toBeUndefined();
    expect(existsSync(path)).toBe(false);
    expect(file.save(Uint8Array.of(1, 2, 3))).toEqual({ ok: true, value: undefined });
    expect(file.bytes).toEqual(Uint8Array.of(1, 2, 3));
    file.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const made of ["deep", "deep/er"]) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700);
    const again = await open(path);
    expect(again.bytes).toEqual(Uint8Array.of(1, 2, 3));
    again.close();
    expect(readdirSync(join(folder, "deep", "er"))).toEqual(["key"]);
  });

  it("holds no bytes as well as many, up to its limit", async () => {
    const path = join(testFolder(), "key");
    const file = await open(path);
    for (const length of [0, KEY_FILE_BYTES_MAX]) {
      expect(file.save(new Uint8Array(length)).ok).toBe(true);
      expect(readFileSync(path).length).toBe(length);
    }
    expect(file.save(new Uint8Array(KEY_FILE_BYTES_MAX + 1))).toMatchObject({ ok: false, error: { kind: "tooLarge" } });
    expect(readFileSync(path).length).toBe(KEY_FILE_BYTES_MAX);
    file.close();
    writeFileSync(path, new Uint8Array(KEY_FILE_BYTES_MAX + 1));
    expect((await refusal(path)).kind).toBe("tooLarge");
  });

  it.each([0o640, 0o604, 0o620, 0o601, 0o644, 0o777])("is refused with mode %o, with the command that repairs it", async (mode) => {
    const path = join(testFolder(), "key");
    writeFileSync(path, "secret");
    chmodSync(path, mode);
    const error = await refusal(path);
    expect(error.kind).toBe("exposed");
    expect(error.wayOut).toContain(`chmod 600 ${path}`);
    expect(error.message).not.toContain("secret");
    chmodSync(path, 0o600);
    (await open(path)).close(); // the refusal let go of the lock
  });

  it("is refused where it is a folder, or below a file", async () => {
    const folder = testFolder();
    mkdirSync(join(folder, "key"));
    expect((await refusal(join(folder, "key"))).kind).toBe("io");
    writeFileSync(join(folder, "file"), "");
    expect((await refusal(join(folder, "file", "key"))).kind).toBe("io");
  });

  it("is the file behind a link, and the link stays", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "real"), "a", { mode: 0o600 });
    symlinkSync(join(folder, "real"), join(folder, "link"));
    const file = await open(join(folder, "link"));
    expect((await refusal(join(folder, "real"))).kind).toBe("locked");
    file.save(Uint8Array.of(0x62));
    file.close();
    expect(readFileSync(join(folder, "real"), "utf8")).toBe("b");
    expect(readdirSync(folder).sort()).toEqual(["link", "real"]);
  });

  it("ignores what a killed process left of a new file", async () => {
    const path = join(testFolder(), "key");
    writeFileSync(path, "old", { mode: 0o600 });
    writeFileSync(`${path}.new`, "half");
    const file = await open(path);
    expect(Buffer.from(file.bytes!).toString()).toBe("old");
    expect(file.save(Uint8Array.of(1)).ok).toBe(true);
    file.close();
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("keeps the old content when the new one cannot be written", async () => {
    const path = join(testFolder(), "key");
    writeFileSync(path, "old", { mode: 0o600 });
    mkdirSync(`${path}.new`);
    const file = await open(path);
    expect(file.save(Uint8Array.of(1))).toMatchObject({ ok: false, error: { kind: "io" } });
    expect(Buffer.from(file.bytes!).toString()).toBe("old");
    file.close();
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it("shares no memory with its callers, and saves nothing after close", async () => {
    const file = await open(join(testFolder(), "key"));
    const bytes = Uint8Array.of(1, 2);
    file.save(bytes);
    bytes.fill(0);
    file.bytes!.fill(0);
    expect(file.bytes).toEqual(Uint8Array.of(1, 2));
    file.close();
    expect(file.save(bytes)).toMatchObject({ ok: false, error: { kind: "io" } });
  });

  it("is refused, after a bounded wait, while another holds it", async () => {
    const path = join(testFolder(), "key");
    const file = await open(path);
    const error = await refusal(path, 30);
    expect(error).toMatchObject({ kind: "locked", message: expect.stringContaining(`in use by process ${process.pid}`), wayOut: expect.stringContaining("stop it") });
    const waiting = open(path, 60_000);
    file.close();
    (await waiting).close();
  });
});

describe("a key file that another command holds beside a car", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it.each([["that answers nothing", STEP_TIMEOUT_MS * 3], ["whose latches never report", LATCH_WAIT_MS]])("%s is waited for until that one gives up", async (_, heldMs) => {
    const path = join(testFolder(), "key");
    const first = await open(path);
    const second = openKeyFile(path);
    await vi.advanceTimersByTimeAsync(heldMs + 1000);
    first.close();
    await vi.advanceTimersByTimeAsync(100);
    const opened = await second;
    expect(opened.ok).toBe(true);
    if (opened.ok) opened.value.close();
  });
});

describe("a key file under its lock", () => {
  it("loses no change of five processes that work on one file, one of them killed on the way", async () => {
    const path = join(testFolder(), "key");
    const program = await bundledProgram(`
      import { openKeyFile } from "./hal/key-file/index.ts";
      const [path, name, kill] = process.argv.slice(2) as [string, string, string];
      for (let turn = 0; turn < 10; turn++) {
        const opened = await openKeyFile(path, 60_000);
        if (!opened.ok) throw new Error(opened.error.message);
        if (kill === "yes" && turn === 5) process.kill(process.pid, "SIGKILL");
        await new Promise((resolve) => setTimeout(resolve, 1));
        const saved = opened.value.save(Uint8Array.of(...(opened.value.bytes ?? []), Number(name)));
        if (!saved.ok) throw new Error(saved.error.message);
        opened.value.close();
      }
    `);
    const processes = [0, 1, 2, 3, 4].map((i) => startProcess(program, [path, String(i), i === 0 ? "yes" : "no"]));
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([null, 0, 0, 0, 0]);
    const counts = [0, 1, 2, 3, 4].map((i) => readFileSync(path).filter((byte) => byte === i).length);
    expect(counts).toEqual([5, 10, 10, 10, 10]);
  });
});
