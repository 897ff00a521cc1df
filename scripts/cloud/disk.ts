import { makeFolder, messageOf } from "../../hal/durable-file/index.ts";
import { CommandFailure } from "../cli/command.ts";

/** One record that changes: `undefined` removes it. */
export interface Change {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** Where the service's records outlive it. */
export interface Disk {
  /** All records whose key begins with `prefix`. */
  read(prefix: string): Promise<readonly (readonly [string, Uint8Array])[]>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** All of them or none; durable once it resolves. */
  write(changes: readonly Change[]): Promise<void>;
  close(): Promise<void>;
}

/** A service that passes. */
export function openMemoryDisk(): Disk {
  const records = new Map<string, Uint8Array>();
  return {
    read: async (prefix) => [...records].filter(([key]) => key.startsWith(prefix)),
    get: async (key) => records.get(key),
    write: async (changes) => {
      for (const { key, value } of changes) {
        if (value === undefined) records.delete(key);
        else records.set(key, value);
      }
    },
    close: async () => undefined,
  };
}

/** A LevelDB in `folder`, held by one process at a time. */
export async function openFolderDisk(folder: string): Promise<Disk> {
  makeFolder(folder);
  const { ClassicLevel } = await import("classic-level").catch((fault: unknown) => {
    throw new CommandFailure(`the storage library classic-level cannot be loaded: ${messageOf(fault)}`, "Install Latchkey with its optional dependencies, or run with --data memory.");
  });
  const level = new ClassicLevel<string, Uint8Array>(folder, { valueEncoding: "view" });
  try {
    await level.open();
  } catch (fault) {
    const cause = (fault as { readonly cause?: NodeJS.ErrnoException }).cause;
    if (cause?.code === "LEVEL_LOCKED") throw new CommandFailure(`another process runs a cloud in ${folder}`, "Stop that one, or name another folder with --data.");
    throw new CommandFailure(`${folder} cannot be opened: ${messageOf(cause ?? fault)}`, "Name a folder of your own with --data.");
  }
  return {
    read: (prefix) => level.iterator({ gte: prefix, lt: `${prefix}\uffff` }).all(),
    get: (key) => level.get(key),
    write: (changes) =>
      level.batch(
        changes.map(({ key, value }) => (value === undefined ? { type: "del" as const, key } : { type: "put" as const, key, value })),
        { sync: true },
      ),
    close: () => level.close(),
  };
}
