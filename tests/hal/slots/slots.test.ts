import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Slot, SlotStore } from "../../../firmware/ports/index.ts";
import { openSlotFolder, type SlotFolder } from "../../../hal/slots/index.ts";
import { SimSlots } from "../../../sim/slots/index.ts";
import { testFolder } from "../support/folder.ts";

const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(data).digest());
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

const write = (slots: SlotStore, slot: Slot, offset: number, data: Uint8Array): Promise<void> => new Promise((resolve, reject) => slots.write(slot, offset, data, (error) => (error ? reject(error) : resolve())));
const replace = (slots: SlotStore, data: Uint8Array): Promise<void> => new Promise((resolve, reject) => slots.replaceRecord(data, (error) => (error ? reject(error) : resolve())));
const digest = (slots: SlotStore, slot: Slot, size: number): Promise<Uint8Array | undefined> => new Promise((resolve, reject) => slots.digest(slot, size, (error, found) => (error ? reject(error) : resolve(found))));

function opened(folder = join(testFolder(), "slots")): { readonly folder: string; readonly slots: SlotFolder } {
  const slots = openSlotFolder(folder);
  if (!slots.ok) throw new RangeError(slots.error);
  return { folder, slots: slots.value };
}

const KINDS: readonly (readonly [string, () => SlotStore])[] = [["files in a folder", () => opened().slots], ["simulated", () => new SimSlots(sha256)]];

describe.each(KINDS)("slots: %s", (_kind, make) => {
  it("hold what was written in pieces, each slot for itself", async () => {
    const slots = make();
    await write(slots, "b", 0, bytes(1, 2, 3));
    await write(slots, "b", 3, bytes(4, 5));
    await write(slots, "a", 0, bytes(9));
    expect(await digest(slots, "b", 5)).toEqual(sha256(bytes(1, 2, 3, 4, 5)));
    expect(await digest(slots, "a", 1)).toEqual(sha256(bytes(9)));
  });

  it("take a piece again, and begin anew at offset 0", async () => {
    const slots = make();
    await write(slots, "b", 0, bytes(1, 2, 3));
    await write(slots, "b", 1, bytes(7, 7));
    expect(await digest(slots, "b", 3)).toEqual(sha256(bytes(1, 7, 7)));
    await write(slots, "b", 0, bytes(5));
    expect(await digest(slots, "b", 1)).toEqual(sha256(bytes(5)));
  });

  it("have no digest of another size than they hold, nor of nothing", async () => {
    const slots = make();
    expect(await digest(slots, "a", 1)).toBeUndefined();
    await write(slots, "a", 0, bytes(1, 2));
    expect(await digest(slots, "a", 1)).toBeUndefined();
    expect(await digest(slots, "a", 3)).toBeUndefined();
  });

  it("keep one boot record, the newest", async () => {
    const slots = make();
    expect(slots.readRecord()).toBeUndefined();
    await replace(slots, bytes(1));
    await replace(slots, bytes(2, 3));
    expect(slots.readRecord()).toEqual(bytes(2, 3));
  });
});

describe("a folder of slots", () => {
  it("is this user's alone", async () => {
    const { folder, slots } = opened();
    await write(slots, "a", 0, bytes(1));
    await replace(slots, bytes(1));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  });

  it("leaves no half record behind: what an earlier start left beside it is not looked at", async () => {
    const { folder, slots } = opened();
    await replace(slots, bytes(1));
    writeFileSync(join(folder, "boot-record.new"), bytes(0xff));
    expect(slots.readRecord()).toEqual(bytes(1));
    await replace(slots, bytes(2));
    expect(readFileSync(join(folder, "boot-record"))).toEqual(Buffer.from([2]));
    expect(readdirSync(folder)).toEqual(["boot-record"]);
  });

  it("tells of a folder that is none, and of slots that cannot be written", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "file"), "");
    expect(openSlotFolder(join(folder, "file")).ok).toBe(false);
    const { folder: used, slots } = opened();
    mkdirSync(slots.pathOf("b"));
    await expect(write(slots, "b", 0, bytes(1))).rejects.toThrow(used);
    await expect(write(slots, "a", 5, bytes(1))).rejects.toThrow(used);
  });

  it("takes a record of any length for none where it is longer than records are", async () => {
    const { folder, slots } = opened();
    writeFileSync(join(folder, "boot-record"), new Uint8Array(100_000));
    expect(slots.readRecord()).toBeUndefined();
  });
});
