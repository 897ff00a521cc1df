import { closeSync } from "node:fs";
import { err, ok, type Result } from "../../firmware/base/index.ts";
import type { FlashFault, FlashGeometry, FlashPort } from "../../firmware/ports/index.ts";
import { messageOf, resolveFile } from "../durable-file/index.ts";
import { lockFile, type FileLock } from "../file-lock/index.ts";
import { assertGeometry, checkErase, checkProgram, readFrom } from "../flash-rules/index.ts";
import { FLASH_FILE_HEADER_BYTES } from "./header.ts";
import { openImage, type FlashFileFault, type OpenImage } from "./image.ts";
import { systemFileOperations, type FileOperations } from "./operations.ts";
import { createSyncQueue } from "./sync-queue.ts";

export { describeHeader, FLASH_FILE_HEADER_BYTES } from "./header.ts";
export type { FlashFileFault } from "./image.ts";
export * from "./operations.ts";

/** Flash in a file that this process alone has open. */
export interface FlashFile extends FlashPort {
  /**
   * Makes what was programmed and erased before this call durable, then calls `done`, later and exactly once, from the event loop.
   * After one failure the file answers nothing but `io`: the system may have dropped the pages it could not write.
   */
  sync(done: (error?: Error) => void): void;
  /** Lets go of file and lock, once a running sync has ended. Everything after it answers `io`. */
  close(): void;
}

/** `operations`: what touches the open file, for tests that record it. */
export interface FlashFileOptions {
  readonly path: string;
  readonly geometry: FlashGeometry;
  readonly operations?: FileOperations;
}

/**
 * Opens the flash file at `path`, or makes one full of erased bytes, durable before this returns.
 *
 * Layout: {@link FLASH_FILE_HEADER_BYTES} of header, then the region. Reads come from a mirror in memory. The lock is `path`.lock and
 * holds against other processes and against a second open in this one; a lock whose process died is taken over.
 */
export function openFlashFile(options: FlashFileOptions): Result<FlashFile, FlashFileFault> {
  const { geometry, operations = systemFileOperations } = options;
  assertGeometry(geometry);
  let path: string;
  try {
    path = resolveFile(options.path);
  } catch (error) {
    return err({ kind: "io", message: `flash file ${options.path} cannot be opened: ${messageOf(error)}` });
  }
  const lock = lockFile(`${path}.lock`);
  if (!lock.ok) {
    const { error } = lock;
    if (error.kind === "held") return err({ kind: "locked", message: `flash file ${path} is in use by process ${error.pid}: stop that one, or name another file` });
    return err({ kind: "io", message: `flash file ${path} cannot be locked by ${error.lockPath}: ${error.detail}` });
  }
  const opened = openImage(path, geometry);
  if (!opened.ok) {
    lock.value.release();
    return opened;
  }
  return ok(flashOver(geometry, operations, opened.value, lock.value));
}

const CLOSED = "the flash file is closed";

function flashOver(geometry: FlashGeometry, operations: FileOperations, opened: OpenImage, lock: FileLock): FlashFile {
  const { file, image } = opened;
  let closed = false;
  let failure: string | undefined;
  const syncs = createSyncQueue((done) => {
    const failed = failure;
    // A second fdatasync would succeed although the pages that failed are lost.
    if (failed !== undefined) setImmediate(() => done(new Error(failed)));
    else {
      operations.fdatasync(file, (error) => {
        if (error) failure ??= `fdatasync failed: ${error.message}`;
        done(error ?? undefined);
      });
    }
  });

  const write = (offset: number, data: Uint8Array): Result<void, FlashFault> => {
    const unusable = closed ? CLOSED : failure;
    if (unusable !== undefined) return err({ kind: "io", detail: unusable });
    syncs.noteWrite();
    try {
      for (let written = 0; written < data.length; ) {
        written += operations.write(file, data.subarray(written), FLASH_FILE_HEADER_BYTES + offset + written);
      }
    } catch (error) {
      failure = `write at ${offset} failed: ${messageOf(error)}`;
      return err({ kind: "io", detail: failure });
    }
    image.set(data, offset);
    return ok();
  };

  return {
    geometry,
    read: (offset, length) => readFrom(image, offset, length),
    program(offset, data) {
      const checked = checkProgram(geometry, image, offset, data);
      return checked.ok ? write(offset, data) : checked;
    },
    erase(sector) {
      const checked = checkErase(geometry, sector);
      return checked.ok ? write(sector * geometry.sectorBytes, new Uint8Array(geometry.sectorBytes).fill(geometry.erasedByte)) : checked;
    },
    sync(done) {
      const unusable = closed ? CLOSED : failure;
      if (unusable === undefined) syncs.sync(done);
      else setImmediate(() => done(new Error(unusable)));
    },
    close() {
      if (closed) return;
      closed = true;
      syncs.whenIdle(() => {
        closeSync(file);
        lock.release();
      });
    },
  };
}
