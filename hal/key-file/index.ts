import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../firmware/base/index.ts";
import { codeOf, makeFolder, messageOf, readUpTo, replaceFile, resolveFile } from "../durable-file/index.ts";
import { lockFileWithin, type FileLock } from "../file-lock/index.ts";

/** A phone key holds a few cars, grants and revocation lists; more than this is no key file. */
export const KEY_FILE_BYTES_MAX = 1024 * 1024;

/** How long one command waits for another to let go of the file: longer than a car that falls silent, or whose latches never report, lets that one hold it (15 s). */
export const LOCK_WAIT_MS = 20_000;

/** `exposed`: others can read it. `message` names path and cause, and nothing of the content; `wayOut` what to do. */
export interface KeyFileFault {
  readonly kind: "locked" | "exposed" | "tooLarge" | "io";
  readonly message: string;
  readonly wayOut: string;
}

/** Where the file system refuses. */
const IO_WAY_OUT = "See that the folder can be written and the disk is sound, or name another file.";

/** A key file held by this process: nobody else reads or writes it in between, as long as they ask this module. */
export interface KeyFile {
  /** What the file held at opening or after the last save; undefined where there is none yet. */
  readonly bytes: Uint8Array | undefined;
  /** Replaces the content, durably and at once: power loss leaves the old content or the new. Mode 0600. */
  save(bytes: Uint8Array): Result<void, KeyFileFault>;
  /** Lets go of the lock. `save` answers `io` afterwards. */
  close(): void;
}

/**
 * Opens and locks the key file at `path`, which need not exist; missing folders are made with mode 0700.
 * A file that group or others can read, write or run is refused. Waits up to `waitMs` for another holder.
 */
export async function openKeyFile(path: string, waitMs: number = LOCK_WAIT_MS): Promise<Result<KeyFile, KeyFileFault>> {
  let resolved: string;
  try {
    makeFolder(dirname(path));
    resolved = resolveFile(path);
  } catch (error) {
    return err({ kind: "io", message: `key file ${path} cannot be opened: ${messageOf(error)}`, wayOut: IO_WAY_OUT });
  }
  const lock = await lockFileWithin(`${resolved}.lock`, waitMs);
  if (!lock.ok) {
    const { error } = lock;
    if (error.kind === "io") return err({ kind: "io", message: `key file ${path} cannot be locked by ${error.lockPath}: ${error.detail}`, wayOut: IO_WAY_OUT });
    return err({ kind: "locked", message: `key file ${path} is in use by process ${error.pid}`, wayOut: `Wait for process ${error.pid} to end, or stop it.` });
  }
  const read = readKeyFile(resolved);
  if (!read.ok) {
    lock.value.release();
    return read;
  }
  return ok(keyFileOver(resolved, read.value, lock.value));
}

function keyFileOver(path: string, content: Uint8Array | undefined, lock: FileLock): KeyFile {
  let bytes = content;
  let open = true;
  return {
    get bytes() {
      return bytes?.slice();
    },
    save(next) {
      if (!open) return err({ kind: "io", message: `key file ${path} is closed`, wayOut: IO_WAY_OUT });
      if (next.length > KEY_FILE_BYTES_MAX) return err(tooLarge(path, next.length));
      try {
        replaceFile(path, [next]);
      } catch (error) {
        return err({ kind: "io", message: `key file ${path} cannot be written: ${messageOf(error)}`, wayOut: IO_WAY_OUT });
      }
      bytes = next.slice();
      return ok();
    },
    close() {
      open = false;
      lock.release();
    },
  };
}

function readKeyFile(path: string): Result<Uint8Array | undefined, KeyFileFault> {
  let file: number;
  try {
    // Without O_NONBLOCK a pipe of that name would hold the process for ever.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return ok(undefined);
    return err({ kind: "io", message: `key file ${path} cannot be read: ${messageOf(error)}`, wayOut: IO_WAY_OUT });
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return err({ kind: "io", message: `${path} is no regular file`, wayOut: "Name a file for the key." });
    // Windows has no such mode bits; there the folder of the user protects the file.
    if (process.platform !== "win32" && (status.mode & 0o077) !== 0) {
      const mode = (status.mode & 0o777).toString(8).padStart(4, "0");
      return err({ kind: "exposed", message: `key file ${path} has mode ${mode}, so others may read or change it`, wayOut: `Run: chmod 600 ${path}` });
    }
    if (status.size > KEY_FILE_BYTES_MAX) return err(tooLarge(path, status.size));
    return ok(readUpTo(file, status.size, 0).slice());
  } catch (error) {
    return err({ kind: "io", message: `key file ${path} cannot be read: ${messageOf(error)}`, wayOut: IO_WAY_OUT });
  } finally {
    closeSync(file);
  }
}

function tooLarge(path: string, length: number): KeyFileFault {
  return { kind: "tooLarge", message: `key file ${path} would have ${length} bytes, at most ${KEY_FILE_BYTES_MAX} are allowed`, wayOut: "Name the right file." };
}
