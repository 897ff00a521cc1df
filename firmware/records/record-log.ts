import { assert, err, ok, shortLived, type Result } from "../base/index.ts";
import type { FlashGeometry } from "../ports/index.ts";
import { TABLES, type CommitFailure, type RecordChange, type RecordStore, type RecordTable } from "./store.ts";
import { recordBytes, recordId, type LiveRecord, type LiveRecords, type RecordId } from "./live-records.ts";
import type { LogSector, Ring } from "./ring.ts";
import {
  aligned,
  BATCH_HEADER_BYTES,
  changeBytes,
  encodeChange,
  KEY_BYTES_MAX,
  NUMBER_MAX,
  sealBatch,
  SECTOR_DATA_OFFSET,
  sectorSeed,
} from "./layout.ts";

/** A commit copies at most this many times its own bytes, so that the log's tail gains on its head at any mixture of records. */
const COPY_FACTOR = 4;
/** Copies go in portions of at least this much (or a quarter of a sector), so that batch headers stay small beside them. */
const COPY_PORTION_BYTES = 1024;
/** With fewer sectors than this outside the log, a commit copies up to one whole sector. */
const SECTORS_OUTSIDE_CRITICAL = 3;
/** Before the first acknowledgement the log takes no more sectors, so that its remains can be told from a foreign image. */
export const FIRST_SECTORS_MAX = 2;

/** Growth of these leaves the reserve alone; all other tables, and whatever does not grow, may use it. */
const RESERVE_FORBIDDEN: ReadonlySet<RecordTable> = new Set([TABLES.keys, TABLES.grantUses, TABLES.settings, TABLES.identity]);

/** How full the store is. Bytes count records as they lie on flash, headers of batches and sectors not included. */
export interface StoreUsage {
  readonly liveBytes: number;
  /** The most that live records may take; about half of the flash, the rest is what compaction works in. */
  readonly limitBytes: number;
  /** The part of the limit that new keys, grants and settings leave to revocations, removals and the audit chain. */
  readonly reserveBytes: number;
  readonly sectorsBad: number;
}

/** A mounted store, and what its owner may do for it in quiet moments. */
export interface RecordLog extends RecordStore {
  usage(): StoreUsage;
  /**
   * One bounded step of the work that commits would otherwise do: copies up to a sector, or erases one. True where it wrote, so
   * that a `commit` effect and {@link RecordStore.durable} are due and another step may follow.
   */
  maintain(): boolean;
}

/** Where a mount left the numbering. */
export interface LogPosition {
  readonly newest: number;
  readonly nextNumber: number;
  readonly durableThrough: number;
  /** Checksum over what was read: makes the salts of sectors unpredictable to whoever has records stored. */
  readonly entropy: number;
}

/** Largest batch, header included: half of a sector's room, so that no sector is left less than half full. */
export function batchBytesMax(geometry: FlashGeometry): number {
  return Math.floor((geometry.sectorBytes - SECTOR_DATA_OFFSET) / 2 / geometry.writeAlignBytes) * geometry.writeAlignBytes;
}

/** A change of a batch, and what is live under its key before it. */
interface Planned {
  readonly change: RecordChange;
  readonly id: RecordId;
  readonly known: LiveRecord | undefined;
}

/** See {@link RecordStore}; made by a mount. */
export class LogStore implements RecordLog {
  private readonly ring: Ring;
  private readonly live: LiveRecords;
  private newest: number;
  private nextNumber: number;
  private durableThrough: number;
  private entropy: number;
  private copyDebtBytes = 0;

  constructor(ring: Ring, live: LiveRecords, position: LogPosition) {
    this.ring = ring;
    this.live = live;
    this.newest = position.newest;
    this.nextNumber = position.nextNumber;
    this.durableThrough = position.durableThrough;
    this.entropy = position.entropy;
  }

  get(table: RecordTable, key: Uint8Array): Uint8Array | undefined {
    return this.live.find(table, recordId(key))?.value;
  }

  entries(table: RecordTable): Iterable<readonly [Uint8Array, Uint8Array]> {
    return this.live.entries(table);
  }

  commit(changes: readonly RecordChange[]): Result<void, CommitFailure> {
    if (changes.length === 0) return ok();
    let bodyBytes = 0;
    for (const change of changes) {
      assert(change.key.length > 0 && change.key.length <= KEY_BYTES_MAX, "a record key is 1 to 64 bytes");
      bodyBytes += changeBytes(change);
    }
    const batchBytes = aligned(BATCH_HEADER_BYTES + bodyBytes, this.ring.geometry);
    const max = batchBytesMax(this.ring.geometry);
    if (batchBytes > max) return err({ kind: "too-large", detail: `the batch takes ${batchBytes} bytes, ${max} fit` });
    const planned = changes.map((change): Planned => {
      const id = recordId(change.key);
      return { change, id, known: this.live.find(change.table, id) };
    });
    const admitted = this.admit(planned);
    if (!admitted.ok) return admitted;
    this.reclaim(batchBytes);
    return this.append(planned, bodyBytes, batchBytes);
  }

  durable(): void {
    this.durableThrough = this.newest;
  }

  usage(): StoreUsage {
    const limitBytes = this.limitBytes();
    const { sectors } = this.ring;
    return { liveBytes: this.live.bytes, limitBytes, reserveBytes: reserveOf(limitBytes), sectorsBad: sectors.length - this.ring.usable() };
  }

  maintain(): boolean {
    const before = this.nextNumber;
    this.retireEmpty();
    // Only while the log is sure to get shorter by it, or quiet moments would wear the flash for nothing.
    const shortenable = this.live.bytes < (this.ring.log.length - 2) * (batchBytesMax(this.ring.geometry) - 2 * BATCH_HEADER_BYTES);
    if (shortenable && this.ring.outside < this.startCopyingBelow()) this.copy(this.ring.geometry.sectorBytes);
    return this.nextNumber !== before || this.ring.eraseAhead(this.durableThrough);
  }

  /**
   * Half a sector for each one that is neither being filled nor kept free. With batches of half a sector at most, each sector
   * of the log is filled at least half, so copying the whole log fits into what is left.
   */
  private limitBytes(): number {
    const { geometry } = this.ring;
    return Math.max(0, (this.ring.usable() - 3) * (batchBytesMax(geometry) - 2 * BATCH_HEADER_BYTES));
  }

  private admit(planned: readonly Planned[]): Result<void, CommitFailure> {
    let growth = 0;
    let spares = false;
    for (const { change, known } of planned) {
      const difference = (change.value === undefined ? 0 : changeBytes(change)) - (known === undefined ? 0 : recordBytes(known));
      growth += difference;
      if (difference > 0 && RESERVE_FORBIDDEN.has(change.table)) spares = true;
    }
    if (growth <= 0) return ok();
    const limit = this.limitBytes();
    const allowed = spares ? limit - reserveOf(limit) : limit;
    const needed = this.live.bytes + growth;
    return needed <= allowed ? ok() : err({ kind: "full", detail: `${needed} bytes of records, ${allowed} are allowed` });
  }

  private append(planned: readonly Planned[], bodyBytes: number, batchBytes: number): Result<void, CommitFailure> {
    const batch = this.emptyBatch(bodyBytes, batchBytes);
    const ends: number[] = [];
    const births: number[] = [];
    let at = BATCH_HEADER_BYTES;
    for (let i = 0; i < planned.length; i++) {
      births[i] = this.birthOf(planned, i);
      at = encodeChange(batch, at, planned[i]!.change, births[i]!);
      ends[i] = at;
    }
    const placed = this.place(batch, bodyBytes, "commit");
    if (!placed.ok) return placed;
    for (let i = 0; i < planned.length; i++) {
      const { id, change } = planned[i]!;
      const { table, key, value } = change;
      if (value === undefined) {
        this.live.remove(table, id);
        continue;
      }
      const valueAt = ends[i]! - value.length;
      this.live.put(id, { table, key: batch.slice(valueAt - key.length, valueAt), birth: births[i]! }, batch.slice(valueAt, ends[i]), placed.value);
    }
    return ok();
  }

  private birthOf(planned: readonly Planned[], index: number): number {
    const { change, id, known } = planned[index]!;
    for (let i = 0; i < index; i++) {
      const earlier = planned[i]!;
      // Removed and put again in one batch: a new appearance.
      if (earlier.change.value === undefined && earlier.change.table === change.table && earlier.id === id) return this.live.nextBirth + index;
    }
    return known?.birth ?? this.live.nextBirth + index;
  }

  private emptyBatch(bodyBytes: number, batchBytes: number): Uint8Array {
    const batch = shortLived(batchBytes);
    if (this.ring.geometry.erasedByte !== 0) batch.fill(this.ring.geometry.erasedByte, BATCH_HEADER_BYTES + bodyBytes);
    return batch;
  }

  /** Programs a batch whose body is written: into the active sector, or the next one, or, after a fault, one more. */
  private place(batch: Uint8Array, bodyBytes: number, use: "commit" | "copy"): Result<LogSector, CommitFailure> {
    if (this.nextNumber >= NUMBER_MAX) return err({ kind: "flash", detail: "the batch numbers are used up" });
    let fault: CommitFailure = { kind: "flash", detail: "" };
    for (let tries = 0; tries < 2; tries++) {
      const sector = this.sectorFor(batch.length, use);
      if (!sector.ok) return tries === 0 ? sector : err(fault);
      const number = this.nextNumber++;
      const oldest = this.ring.log.find((s) => s.firstNumber > 0)?.firstNumber ?? number;
      const header = { bodyBytes, number, previous: this.newest, oldest, durableThrough: this.durableThrough };
      const crc = sealBatch(batch, header, sectorSeed(sector.value));
      const appended = this.ring.append(sector.value, batch);
      if (appended.ok) {
        if (sector.value.firstNumber === 0) sector.value.firstNumber = number;
        this.newest = number;
        this.entropy = (Math.imul(this.entropy, 31) + crc) >>> 0;
        return sector;
      }
      fault = { kind: "flash", detail: appended.error };
    }
    return err(fault);
  }

  private sectorFor(bytes: number, use: "commit" | "copy"): Result<LogSector, CommitFailure> {
    const { active } = this.ring;
    if (active !== undefined && this.ring.room >= bytes) return ok(active);
    if (this.durableThrough === 0 && this.ring.touched() >= FIRST_SECTORS_MAX) {
      return err({ kind: "full", detail: "the first commits wait to become durable" });
    }
    if (use === "copy") {
      // Copies take the last erased sector only if that frees one, or commits that remove something would find none.
      const { ready, waiting } = this.ring.free(this.durableThrough);
      const spare = ready >= 2 || (ready === 1 && waiting === 0 && this.oldestFitsOneSector());
      if (!spare) return err({ kind: "full", detail: `${ready} erased sectors; ${waiting} wait until the last commit is durable` });
    }
    return this.ring.open(this.durableThrough, this.entropy);
  }

  private oldestFitsOneSector(): boolean {
    const { log, geometry } = this.ring;
    if (log.length < 2) return false;
    let bytes = SECTOR_DATA_OFFSET + 4 * BATCH_HEADER_BYTES;
    for (const record of log[0]!.live) bytes += recordBytes(record);
    return bytes <= geometry.sectorBytes;
  }

  private startCopyingBelow(): number {
    return Math.max(SECTORS_OUTSIDE_CRITICAL, Math.floor(this.ring.sectors.length / 3) + 2);
  }

  private retireEmpty(): void {
    const { log } = this.ring;
    while (log.length > 1 && log[0]!.live.size === 0) this.ring.retireOldest(this.nextNumber);
  }

  /** Copies what keeps the tail ahead of a commit of `batchBytes`: nothing while there is room, else in proportion to it. */
  private reclaim(batchBytes: number): void {
    this.retireEmpty();
    if (this.ring.outside >= this.startCopyingBelow()) {
      this.copyDebtBytes = 0;
      return;
    }
    const { sectorBytes } = this.ring.geometry;
    const waste = this.ring.room < batchBytes ? this.ring.room : 0;
    this.copyDebtBytes += COPY_FACTOR * (batchBytes + waste);
    if (this.ring.outside < SECTORS_OUTSIDE_CRITICAL) this.copy(Math.max(sectorBytes, this.copyDebtBytes));
    else if (this.copyDebtBytes >= Math.min(COPY_PORTION_BYTES, sectorBytes / 4)) this.copy(this.copyDebtBytes);
  }

  /** Copies up to `budgetBytes` of the oldest live records to the head of the log, and retires the sectors this empties. */
  private copy(budgetBytes: number): void {
    let budget = budgetBytes;
    while (budget > 0) {
      const records = this.oldestRecords(budget);
      if (records.length === 0) break;
      const bodyBytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
      const batch = this.emptyBatch(bodyBytes, aligned(BATCH_HEADER_BYTES + bodyBytes, this.ring.geometry));
      let at = BATCH_HEADER_BYTES;
      for (const record of records) at = encodeChange(batch, at, record, record.birth);
      const placed = this.place(batch, bodyBytes, "copy");
      if (!placed.ok) break;
      for (const record of records) this.live.move(record, placed.value);
      budget -= batch.length;
      this.retireEmpty();
      if (this.ring.outside >= this.startCopyingBelow()) break;
    }
    this.copyDebtBytes = Math.max(0, Math.min(budget, this.copyDebtBytes));
  }

  /** Live records of the oldest sectors that make one batch: as many as fit into what is left of the active sector. */
  private oldestRecords(budgetBytes: number): LiveRecord[] {
    const max = batchBytesMax(this.ring.geometry);
    const room = this.ring.room;
    const records: LiveRecord[] = [];
    let bytes = BATCH_HEADER_BYTES;
    for (let i = 0; i < this.ring.log.length - 1; i++) {
      for (const record of this.ring.log[i]!.live) {
        const next = bytes + recordBytes(record);
        const fits = aligned(next, this.ring.geometry) <= max && (records.length === 0 || room < BATCH_HEADER_BYTES || next <= room || bytes > room);
        if (!fits || (records.length > 0 && next > budgetBytes)) return records;
        records.push(record);
        bytes = next;
      }
    }
    return records;
  }
}

/** A quarter of a small store, at least 1 KiB and an eighth of a large one. */
function reserveOf(limitBytes: number): number {
  return Math.floor(Math.max(limitBytes / 8, Math.min(1024, limitBytes / 4)));
}
