import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lockFile, lockFileWithin, type FileLock } from "../../../hal/file-lock/index.ts";
import { formatOwner, isAlive, ownIdentity, parseOwner } from "../../../hal/file-lock/owner.ts";
import { heirPathOf, takeOver } from "../../../hal/file-lock/takeover.ts";
import { testFolder } from "../support/folder.ts";
import { bundledProgram, startProcess } from "../support/process.ts";

function take(path: string): FileLock {
  const taken = lockFile(path);
  if (!taken.ok) throw new Error(JSON.stringify(taken.error));
  return taken.value;
}

const OWN = ownIdentity("00000000-0000-4000-8000-000000000000");

/** The line of an owner that ended: a process id above every kernel's limit. */
function deadLine(pid = 999_999_999): string {
  return formatOwner({ ...OWN, pid });
}

describe("a lock file", () => {
  it("is held once, names its owner, and is gone after release", () => {
    const path = join(testFolder(), "lock");
    const lock = take(path);
    expect(parseOwner(readFileSync(path, "latin1"))).toEqual({ ...OWN, nonce: expect.any(String) });
    expect(lockFile(path)).toMatchObject({ ok: false, error: { kind: "held", pid: process.pid } });
    lock.release();
    expect(existsSync(path)).toBe(false);
    take(path).release();
  });

  it("is not let go a second time by an owner that released it before", () => {
    const path = join(testFolder(), "lock");
    const first = take(path);
    first.release();
    const second = take(path);
    first.release();
    expect(lockFile(path).ok).toBe(false);
    second.release();
  });

  it.each([
    ["whose process ended", deadLine()],
    ["whose process id now belongs to another process", formatOwner({ ...OWN, startedAtTicks: "1" })],
    ["from before the machine started again", formatOwner({ ...OWN, bootId: "00000000-0000-0000-0000-000000000000" })],
    ["that is empty", ""],
    ["that names nobody", "garbage\n\0"],
  ])("%s is taken over", (_, content) => {
    const folder = testFolder();
    const path = join(folder, "lock");
    writeFileSync(path, content);
    const lock = take(path);
    expect(lockFile(path).ok).toBe(false);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is taken over also when one process after the other was killed while it took over", () => {
    const folder = testFolder();
    const path = join(folder, "lock");
    const [owner, firstHeir, secondHeir] = [deadLine(999_999_999), deadLine(999_999_998), deadLine(999_999_997)];
    writeFileSync(path, owner);
    writeFileSync(heirPathOf(path, owner), firstHeir);
    writeFileSync(heirPathOf(path, firstHeir), secondHeir);
    take(path).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not taken over from a process that is taking it over", () => {
    const path = join(testFolder(), "lock");
    writeFileSync(path, deadLine());
    writeFileSync(heirPathOf(path, deadLine()), formatOwner(OWN));
    expect(lockFile(path)).toMatchObject({ ok: false, error: { kind: "held", pid: process.pid } });
    expect(readFileSync(path, "latin1")).toBe(deadLine());
  });

  it.each([
    ["let go", undefined],
    ["taken by another process", formatOwner(OWN)],
  ])("is left alone when it was %s after a look at its dead owner", (_, since) => {
    const folder = testFolder();
    const [path, ticket] = [join(folder, "lock"), join(folder, "ticket")];
    if (since !== undefined) writeFileSync(path, since);
    writeFileSync(ticket, formatOwner({ ...OWN, nonce: "00000000-0000-4000-8000-000000000001" }));
    const before = readdirSync(folder);
    expect(takeOver(ticket, path, deadLine())).toEqual({ kind: "changed" });
    expect(readdirSync(folder)).toEqual(before);
    if (since !== undefined) expect(readFileSync(path, "latin1")).toBe(since);
  });

  it("says why where it cannot be made", () => {
    const path = join(testFolder(), "none", "lock");
    expect(lockFile(path)).toMatchObject({ ok: false, error: { kind: "io", lockPath: path, detail: expect.stringContaining("ENOENT") } });
  });

  it("is waited for, but no longer than asked", async () => {
    const path = join(testFolder(), "lock");
    const lock = take(path);
    expect(await lockFileWithin(path, 30)).toMatchObject({ ok: false, error: { kind: "held" } });
    const waiting = lockFileWithin(path, 60_000);
    lock.release();
    const taken = await waiting;
    expect(taken.ok).toBe(true);
    if (taken.ok) taken.value.release();
  });

  it("lets one process at a time through, although some of them are killed", async () => {
    const folder = testFolder();
    const [path, counter] = [join(folder, "lock"), join(folder, "counter")];
    writeFileSync(counter, "0");
    // Each turn reads, waits and writes the counter: two at once would lose a turn. Every fifth process dies while it holds the lock.
    const program = await bundledProgram(`
      import { readFileSync, writeFileSync } from "node:fs";
      import { lockFileWithin } from "./hal/file-lock/index.ts";
      const [path, counter, dies] = process.argv.slice(2) as [string, string, string];
      for (let turn = 0; turn < 10; turn++) {
        const lock = await lockFileWithin(path, 60_000);
        if (!lock.ok) throw new Error(JSON.stringify(lock.error));
        const count = Number(readFileSync(counter, "utf8"));
        await new Promise((resolve) => setTimeout(resolve, 1));
        writeFileSync(counter, String(count + 1));
        if (dies === "yes" && turn === 4) process.kill(process.pid, "SIGKILL");
        lock.value.release();
      }
    `);
    const processes = Array.from({ length: 5 }, (_, i) => startProcess(program, [path, counter, i === 0 ? "yes" : "no"]));
    const codes = await Promise.all(processes.map(({ ended }) => ended));
    expect(codes).toEqual([null, 0, 0, 0, 0]);
    expect(readFileSync(counter, "utf8")).toBe("45");
  });
});

describe("the owner of a lock file", () => {
  it("is read back from its line, and from nothing else", () => {
    expect(parseOwner(formatOwner(OWN))).toEqual(OWN);
    const { nonce } = OWN;
    for (const text of ["", `0 1 - ${nonce}\n`, "1 2 -\n", `1 2 - ${nonce}`, `1 2 - ${nonce} \n`, `-5 3 - ${nonce}\n`, `1 2 ${"a".repeat(50)} ${nonce}\n`]) {
      expect(parseOwner(text), text).toBeUndefined();
    }
  });

  it("is alive as this process, and as one that another user runs", () => {
    expect(isAlive(OWN)).toBe(true);
    expect(isAlive({ ...OWN, pid: 1, startedAtTicks: "-" })).toBe(true);
    expect(isAlive(parseOwner(deadLine())!)).toBe(false);
  });
});
