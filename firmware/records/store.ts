import type { Result } from "../base/index.ts";

/** One change of one record: put `value`, or remove the record where it is undefined. Keys are 1 to 64 bytes. */
export interface RecordChange {
  readonly table: RecordTable;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Tables of the store. The numbers are on flash: never reuse one. */
export const TABLES = {
  identity: 1,
  keys: 2,
  issuers: 3,
  revocations: 4,
  grantUses: 5,
  time: 6,
  settings: 7,
  ownership: 8,
  attempts: 9,
  audit: 10,
  boot: 11,
  pin: 12,
  update: 16,
} as const;
export type RecordTable = (typeof TABLES)[keyof typeof TABLES];

/** Why a batch was not stored; nothing of it is then in the store. */
export type CommitFailure = { readonly kind: "full" | "too-large" | "flash"; readonly detail: string };

/**
 * The controller's records. All of a batch is stored or none of it, whenever power fails. What `commit` accepted is durable
 * once the board has performed the `commit` effect that follows, and {@link RecordStore.durable} was called.
 */
export interface RecordStore {
  get(table: RecordTable, key: Uint8Array): Uint8Array | undefined;
  /** Live records of `table`, in the order of their keys' first appearance. */
  entries(table: RecordTable): Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
  commit(changes: readonly RecordChange[]): Result<void, CommitFailure>;
  /** Everything committed so far survives power loss from now on; sectors that wait for it may be erased. */
  durable(): void;
}
