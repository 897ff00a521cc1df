import { fdatasync, writeSync } from "node:fs";

/** What the flash file does to its open file; a seam for tests. */
export interface FileOperations {
  /** Writes some or all of `data` at `offset` of the file and says how many bytes. Throws what the file system throws. */
  write(file: number, data: Uint8Array, offset: number): number;
  /** Makes every write before this call durable, then calls `done`, later. */
  fdatasync(file: number, done: (error?: Error | null) => void): void;
}

/** The operating system's. */
export const systemFileOperations: FileOperations = {
  write: (file, data, offset) => writeSync(file, data, 0, data.length, offset),
  fdatasync,
};

/**
 * One thing that happened to the file, in order. Offsets count from the start of the file, header included.
 * A sync stands where it completed and made the first `writeCount` writes of the log durable, those before it was asked for.
 */
export type FileOperation =
  | { readonly kind: "write"; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: "sync"; readonly writeCount: number };

/** Operations that do what `base` does and keep a log of it, for tests that ask what a power cut could leave. */
export function recordingFileOperations(base: FileOperations = systemFileOperations): FileOperations & { readonly log: readonly FileOperation[] } {
  const log: FileOperation[] = [];
  let writeCount = 0;
  return {
    log,
    write(file, data, offset) {
      const written = base.write(file, data, offset);
      log.push({ kind: "write", offset, data: data.slice(0, written) });
      writeCount++;
      return written;
    },
    fdatasync(file, done) {
      const coveredCount = writeCount;
      base.fdatasync(file, (error) => {
        if (!error) log.push({ kind: "sync", writeCount: coveredCount });
        done(error);
      });
    },
  };
}
