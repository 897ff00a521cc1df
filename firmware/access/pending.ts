import { concat, fromHex, toHex, utf8Encode } from "../base/index.ts";
import { bytesField, readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { KEY_ID_BYTES } from "../wire/index.ts";
import { PENDING_STEP_S } from "./limits.ts";
import { OWNER_EPOCH_MAX } from "./ownership.ts";
import { Stale } from "./stale.ts";

/** Something that happens after its delay unless an owner cancels it. `target`: the key to be removed. */
export interface PendingChange {
  readonly id: number;
  readonly what: "removeOwner" | "reset";
  readonly target: string | undefined;
  readonly startedBy: string;
  /** Time the car has to be powered until it happens, as last stored. */
  readonly remainingS: number;
  readonly ownerEpoch: number;
}

const VERSION = 1;
const PREFIX = utf8Encode("pending-");
const COUNTER_KEY = utf8Encode("last-pending-id");
const ID_BYTES = 4;
const ID_MAX = 0xffffffff;
const WHAT_NUMBERS = { removeOwner: 0, reset: 1 } as const;

/**
 * Announced changes. The remaining time counts down in powered time and goes to flash in steps, so a restart can only make the
 * wait longer by a step, and no stored value ever grows. Ids are never reused, so that an old notice cancels nothing new.
 */
export class PendingChanges {
  private readonly changes = new Map<number, { readonly change: PendingChange; readonly sinceMs: number }>();
  readonly stale = new Stale(TABLES.ownership);
  private lastId = 0;
  highestEpoch = 0;

  get count(): number {
    return this.changes.size;
  }

  /** The id of the next pending change, and the record that makes it taken. */
  nextId(): { readonly id: number; readonly change: RecordChange } {
    const id = this.lastId + 1;
    return { id, change: { table: TABLES.ownership, key: COUNTER_KEY, value: writeRecord(VERSION, id) } };
  }

  get(id: number): PendingChange | undefined {
    return this.changes.get(id)?.change;
  }

  all(): readonly PendingChange[] {
    return [...this.changes.values()].map((entry) => entry.change);
  }

  /** Seconds left at `nowMs`; 0 when it is due. */
  remainingS(id: number, nowMs: number): number {
    const entry = this.changes.get(id);
    if (entry === undefined) return 0;
    return Math.max(0, entry.change.remainingS - Math.floor(Math.max(0, nowMs - entry.sinceMs) / 1000));
  }

  /** Records for what has moved on by a whole step. */
  planProgress(nowMs: number): readonly RecordChange[] {
    const due: RecordChange[] = [];
    for (const { change } of this.changes.values()) {
      const remainingS = this.remainingS(change.id, nowMs);
      if (change.remainingS - remainingS >= PENDING_STEP_S) due.push(putPending({ ...change, remainingS }));
    }
    return due;
  }

  /** When something is due or has moved on by a step; undefined where nothing is pending. */
  nextMs(nowMs: number): number | undefined {
    let next: number | undefined;
    for (const { change, sinceMs } of this.changes.values()) {
      const atMs = Math.max(nowMs, sinceMs + Math.min(change.remainingS, PENDING_STEP_S) * 1000);
      next = next === undefined ? atMs : Math.min(next, atMs);
    }
    return next;
  }

  /** `nowMs`: the moment from which the stored remaining time counts. */
  apply(change: RecordChange, ownerEpoch: number, nowMs: number): RecordFault | undefined {
    if (change.key.length === COUNTER_KEY.length) return this.applyCounter(change);
    if (change.key.length !== PREFIX.length + ID_BYTES) return recordFault(change, "a record this build does not know");
    this.stale.delete(change.key);
    const id = parseInt(toHex(change.key.subarray(PREFIX.length)), 16);
    this.changes.delete(id);
    if (change.value === undefined) return undefined;
    const pending = readPending(id, change.value);
    if (pending === undefined) return recordFault(change, "an announced removal or reset; it will not happen");
    this.lastId = Math.max(this.lastId, id);
    this.highestEpoch = Math.max(this.highestEpoch, pending.ownerEpoch);
    if (pending.ownerEpoch < ownerEpoch) this.stale.add(change.key);
    else this.changes.set(id, { change: pending, sinceMs: nowMs });
    return undefined;
  }

  startEpoch(ownerEpoch: number): void {
    for (const [id, { change }] of this.changes) {
      if (change.ownerEpoch >= ownerEpoch) continue;
      this.changes.delete(id);
      this.stale.add(recordKey(id));
    }
  }

  private applyCounter(change: RecordChange): RecordFault | undefined {
    const id = change.value && uintField(readRecord(change.value, VERSION, 1)?.[0], ID_MAX);
    if (id === undefined) return recordFault(change, "the number of the last announced change");
    this.lastId = Math.max(this.lastId, id);
    return undefined;
  }
}

/** The record of a pending change. */
export function putPending(change: PendingChange): RecordChange {
  const target = change.target === undefined ? null : fromHex(change.target)!;
  const fields = [change.ownerEpoch, WHAT_NUMBERS[change.what], target, fromHex(change.startedBy)!, change.remainingS];
  return { table: TABLES.ownership, key: recordKey(change.id), value: writeRecord(VERSION, ...fields) };
}

/** The change that ends the pending change `id`. */
export function removePending(id: number): RecordChange {
  return { table: TABLES.ownership, key: recordKey(id), value: undefined };
}

function recordKey(id: number): Uint8Array {
  return concat(PREFIX, Uint8Array.of(id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff));
}

function readPending(id: number, value: Uint8Array): PendingChange | undefined {
  const fields = readRecord(value, VERSION, 5);
  const ownerEpoch = uintField(fields?.[0], OWNER_EPOCH_MAX);
  const what = (["removeOwner", "reset"] as const).find((name) => WHAT_NUMBERS[name] === fields?.[1]);
  const target = bytesField(fields?.[2], KEY_ID_BYTES);
  const startedBy = bytesField(fields?.[3], KEY_ID_BYTES);
  const remainingS = uintField(fields?.[4]);
  if (ownerEpoch === undefined || what === undefined || startedBy === undefined || remainingS === undefined) return undefined;
  if ((what === "removeOwner") !== (target !== undefined)) return undefined;
  return { id, what, target: target && toHex(target), startedBy: toHex(startedBy), remainingS, ownerEpoch };
}
