import { err, ok, type Result } from "../base/index.ts";
import type { FlashGeometry, FlashPort } from "../ports/index.ts";
import { chooseChain, type Chain } from "./chain.ts";
import { FORMAT_VERSION, NUMBER_MAX } from "./layout.ts";
import { LiveRecords, recordId } from "./live-records.ts";
import { FIRST_SECTORS_MAX, LogStore, type RecordLog } from "./record-log.ts";
import type { MountFailure, RecoveryReport } from "./report.ts";
import { Ring } from "./ring.ts";
import { scanSector, type FoundBatch, type SectorContent } from "./scan.ts";

export const SECTOR_COUNT_MIN = 4;
export const SECTOR_COUNT_MAX = 1024;
export const SECTOR_BYTES_MIN = 512;
/** Value lengths are 16 bits. */
export const SECTOR_BYTES_MAX = 64 * 1024;

export interface MountedRecords {
  readonly store: RecordLog;
  readonly report: RecoveryReport;
}

/**
 * The records on `flash`, in one pass over it, in time linear in its size. Writes nothing: a blank flash is formatted by its
 * first commit.
 *
 * After a mount the board performs one `commit` effect and calls `durable()` before anything is answered: a process that was
 * killed may have left behind what the flash itself does not hold yet, and the sectors that wait for this are erased only then.
 */
export function mountRecords(flash: FlashPort): Result<MountedRecords, MountFailure> {
  const { geometry } = flash;
  if (!isGeometryServed(geometry)) {
    return err({
      kind: "geometry",
      detail: `${geometry.sectorCount} sectors of ${geometry.sectorBytes} bytes, written in units of ${geometry.writeAlignBytes}`,
      wayOut: "Use 4 to 1024 sectors of 512 to 65536 bytes, a power of two, written in units of 1, 2, 4 or 8.",
    });
  }
  const contents: SectorContent[] = [];
  for (let sector = 0; sector < geometry.sectorCount; sector++) {
    contents.push(scanSector(flash.read(sector * geometry.sectorBytes, geometry.sectorBytes), sector, geometry));
  }
  const refusal = refuseOther(contents, geometry);
  if (refusal !== undefined) return err(refusal);
  const found = inLogOrder(contents);
  const durableThrough = Math.max(0, ...headersOf(contents).map((h) => h.durableThrough), maxOf(found, (b) => b.durableThrough));
  const chain = chooseChain(found, durableThrough);
  if (chain === undefined || (found.length === 0 && durableThrough > 0)) {
    // Batches that were never acknowledged may be left without a state: then there was nothing to lose.
    if (durableThrough > 0) return err(damaged(durableThrough));
    return ok(build(flash, contents, { batches: [], lost: 0, dropped: found.length }, { found, durableThrough }));
  }
  return ok(build(flash, contents, chain, { found, durableThrough }));
}

function isGeometryServed({ sectorCount, sectorBytes, writeAlignBytes }: FlashGeometry): boolean {
  const powerOfTwo = (value: number): boolean => Number.isInteger(value) && value > 0 && (value & (value - 1)) === 0;
  const count = Number.isInteger(sectorCount) && sectorCount >= SECTOR_COUNT_MIN && sectorCount <= SECTOR_COUNT_MAX;
  const bytes = powerOfTwo(sectorBytes) && sectorBytes >= SECTOR_BYTES_MIN && sectorBytes <= SECTOR_BYTES_MAX;
  return count && bytes && powerOfTwo(writeAlignBytes) && writeAlignBytes <= 8;
}

function headersOf(contents: readonly SectorContent[]): NonNullable<SectorContent["header"]>[] {
  return contents.flatMap(({ header }) => (header === undefined ? [] : [header]));
}

function maxOf(found: readonly FoundBatch[], of: (batch: FoundBatch) => number): number {
  return found.reduce((max, batch) => Math.max(max, of(batch)), 0);
}

/** Images that are not ours to write on. */
function refuseOther(contents: readonly SectorContent[], geometry: FlashGeometry): MountFailure | undefined {
  const headers = headersOf(contents);
  for (const header of headers) {
    if (header.version !== FORMAT_VERSION) {
      return { kind: "version", detail: `the records are in format ${header.version}, this firmware reads ${FORMAT_VERSION}`, wayOut: "Start the firmware that wrote them, or restore an export." };
    }
    const { sectorCount, sectorBytes, erasedByte } = header;
    if (sectorBytes !== geometry.sectorBytes || sectorCount !== geometry.sectorCount || erasedByte !== geometry.erasedByte) {
      return { kind: "geometry", detail: `the records were written to ${sectorCount} sectors of ${sectorBytes} bytes, the flash has ${geometry.sectorCount} of ${geometry.sectorBytes}`, wayOut: "Set the flash to the dimensions it was written with." };
    }
  }
  const filled = contents.filter((content) => !content.blank).length;
  // Remains of a first start that was never acknowledged may be overwritten; no first start fills more sectors.
  if (headers.length === 0 && filled > FIRST_SECTORS_MAX) {
    return { kind: "foreign", detail: `${filled} of ${contents.length} sectors are full of something that is not Latchkey's`, wayOut: "Check that this is the right flash; erase it to start afresh, or restore an export." };
  }
  return undefined;
}

function damaged(durableThrough: number): MountFailure {
  return {
    kind: "damaged",
    detail: `all of the ${durableThrough} batches that were stored are unreadable`,
    wayOut: "Restore an export; or erase the flash, which makes this a car without an owner.",
  };
}

function inLogOrder(contents: readonly SectorContent[]): FoundBatch[] {
  const withHeader = contents.filter((content) => content.header !== undefined);
  withHeader.sort((a, b) => a.header!.generation - b.header!.generation);
  return withHeader.flatMap((content) => content.batches);
}

interface Seen {
  readonly found: readonly FoundBatch[];
  readonly durableThrough: number;
}

function build(flash: FlashPort, contents: readonly SectorContent[], chain: Chain, seen: Seen): MountedRecords {
  const ring = new Ring(flash);
  const live = new LiveRecords();
  const oldestDurable = chain.batches.reduce((max, b) => (b.number <= seen.durableThrough ? Math.max(max, b.oldest) : max), 0);
  const newest = chain.batches.at(-1)?.number ?? 0;
  let entropy = 0;
  contents.forEach(({ header, blank, batches, end }, index) => {
    const sector = ring.sectors[index]!;
    sector.blank = blank;
    sector.end = end;
    // Only what an acknowledged batch has outlived may be erased before the next durable(); the rest holds nothing that counts.
    sector.waitsFor = batches.length === 0 || maxOf(batches, (b) => b.number) < oldestDurable ? 0 : newest;
    if (header === undefined) return;
    sector.generation = header.generation;
    sector.salt = header.salt;
    ring.sawGeneration(header.generation);
  });
  for (const batch of chain.batches) {
    const sector = ring.sectors[batch.sector]!;
    if (sector.firstNumber === 0) sector.firstNumber = batch.number;
    if (!sector.inLog) ring.adopt(sector);
    for (const change of batch.changes) {
      const id = recordId(change.key);
      if (change.value === undefined) live.remove(change.table, id);
      else live.put(id, change, change.value, sector);
    }
    entropy = (Math.imul(entropy, 31) + batch.crc) >>> 0;
  }
  live.sort();
  const nextNumber = Math.min(NUMBER_MAX, Math.max(seen.durableThrough, maxOf(seen.found, (b) => b.number)) + 1);
  const store = new LogStore(ring, live, { newest, nextNumber, durableThrough: Math.min(seen.durableThrough, newest), entropy });
  return { store, report: reportOf(contents, chain, live.count(), ring) };
}

function reportOf(contents: readonly SectorContent[], chain: Chain, recordCount: number, ring: Ring): RecoveryReport {
  return {
    blank: headersOf(contents).length === 0,
    recordCount,
    batchesApplied: chain.batches.length,
    batchesLost: chain.lost,
    batchesDropped: chain.dropped,
    tornBytes: contents.reduce((sum, { tornBytes }, index) => sum + (ring.sectors[index]!.inLog ? tornBytes : 0), 0),
    sectorsUnreadable: contents.flatMap(({ header, blank }, index) => (header === undefined && !blank ? [index] : [])),
  };
}
