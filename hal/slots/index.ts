import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { err, ok, type Result } from "../../firmware/base/index.ts";
import type { Slot, SlotStore } from "../../firmware/ports/index.ts";
import { messageOf } from "../durable-file/index.ts";

/** Two slots as files in a folder. */
export interface SlotFolder extends SlotStore {
  /** Where the bundle of a slot lies: a module that Node can run. */
  pathOf(slot: Slot): string;
}

const RECORD_FILE = "boot-record";
const READ_BYTES = 256 * 1024;
/** A longer file is no boot record; the codec says how long one may be. */
const RECORD_FILE_BYTES_MAX = 4096;

/**
 * The slots in `folder`, which is made (0700) where it is missing. One process at a time writes there: the car, or the boot loader
 * while no car runs. Syncs run off the event loop, so that no unlock waits for them.
 */
export function openSlotFolder(folder: string): Result<SlotFolder, string> {
  const root = resolve(folder);
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    if (!statSync(root).isDirectory()) return err(`${root} is no folder: name a folder for the slots`);
  } catch (error) {
    return err(`the folder of the slots ${root} cannot be opened: ${messageOf(error)}`);
  }
  const pathOf = (slot: Slot): string => join(root, `${slot}.mjs`);
  const recordPath = join(root, RECORD_FILE);
  const report = (work: Promise<void>, done: (error?: Error) => void): void => {
    work.then(() => done(), (error: unknown) => done(new Error(`the slots in ${root} failed: ${messageOf(error)}`)));
  };
  return ok({
    pathOf,
    write: (slot, offset, bytes, done) => report(writeDurably(pathOf(slot), offset, bytes), done),
    digest: (slot, sizeBytes, done) => {
      digestOf(pathOf(slot), sizeBytes).then(
        (digest) => done(undefined, digest),
        (error: unknown) => done(new Error(`the slots in ${root} failed: ${messageOf(error)}`), undefined),
      );
    },
    readRecord: () => readRecord(recordPath),
    replaceRecord: (bytes, done) => report(replaceDurably(root, recordPath, bytes), done),
  });
}

async function writeDurably(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, offset === 0 ? "w" : "r+", 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += (await file.write(bytes, written, bytes.length - written, offset + written)).bytesWritten;
    await file.sync();
  } finally {
    await file.close();
  }
}

async function replaceDurably(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  await writeDurably(fresh, 0, bytes);
  await rename(fresh, path);
  if (process.platform === "win32") return; // Windows opens no folder and orders renames itself.
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function digestOf(path: string, sizeBytes: number): Promise<Uint8Array | undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size !== sizeBytes) return undefined;
    const hash = createHash("sha256");
    const buffer = new Uint8Array(READ_BYTES);
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    return new Uint8Array(hash.digest());
  } finally {
    await file.close();
  }
}

function readRecord(path: string): Uint8Array | undefined {
  try {
    if (statSync(path).size > RECORD_FILE_BYTES_MAX) return undefined;
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}
