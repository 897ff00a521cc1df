import { closeSync, fsyncSync, mkdirSync, openSync, readSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The one name of a file that may not exist yet: its links resolved, or those of its folder. Throws where the folder is missing. */
export function resolveFile(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return join(realpathSync(dirname(path)), basename(path));
  }
}

/**
 * Makes `folder` and what is missing above it, each with mode 0700; what is there already stays as it is. Throws what the file system
 * throws. (Node's own `recursive` never returns where a file system answers ENOENT to every mkdir, as /proc does.)
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolder(above);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Puts a file with the bytes of `chunks` at `path`: power loss leaves the old file or the new one, whole.
 *
 * Writes `path`.new with mode 0600, syncs it, renames it and syncs the folder. Callers hold the lock of `path`, so that the name
 * of the new file is theirs. Throws what the file system throws; the new file is then removed.
 */
export function replaceFile(path: string, chunks: readonly Uint8Array[]): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  const file = openSync(fresh, "wx", 0o600);
  try {
    for (const chunk of chunks) writeFully(file, chunk);
    fsyncSync(file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
  syncFolder(dirname(path));
}

function writeFully(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

/** The first `length` bytes from `position` on, or fewer where the file ends. */
export function readUpTo(file: number, length: number, position: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(file, bytes, filled, length - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

/** Makes a rename or a new name in `folder` durable. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return; // Windows opens no folder and orders renames itself.
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** What an unknown thrown value says, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error code of the operating system, such as ENOENT, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
