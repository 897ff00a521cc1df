import type { FlashGeometry } from "../ports/index.ts";
import { aligned, BATCH_HEADER_BYTES, checkBody, decodeBatchHeader, decodeChanges, decodeSectorHeader, SECTOR_DATA_OFFSET, sectorSeed } from "./layout.ts";
import type { BatchHeader, SectorHeader, StoredChange } from "./layout.ts";

/** Checksummed bytes per byte of a sector before it is given up: keeps a hostile image from making the boot quadratic. */
const CHECK_FACTOR_MAX = 4;

/** A batch whose checksums hold, wherever it belongs. */
export interface FoundBatch extends BatchHeader {
  readonly sector: number;
  readonly changes: readonly StoredChange[];
  readonly crc: number;
}

/** What one sector holds. `end` is where the next batch may go; `tornBytes` are programmed bytes outside any batch. */
export interface SectorContent {
  readonly header: SectorHeader | undefined;
  readonly blank: boolean;
  readonly batches: readonly FoundBatch[];
  readonly end: number;
  readonly tornBytes: number;
}

/** Reads a sector from front to back, once; whatever is no batch of this life of the sector is stepped over. */
export function scanSector(bytes: Uint8Array, sector: number, geometry: FlashGeometry): SectorContent {
  const { erasedByte, writeAlignBytes } = geometry;
  let used = bytes.length;
  while (used > 0 && bytes[used - 1] === erasedByte) used--;
  const header = decodeSectorHeader(bytes);
  if (header === undefined) return { header, blank: used === 0, batches: [], end: bytes.length, tornBytes: 0 };
  const seed = sectorSeed(header);
  const batches: FoundBatch[] = [];
  let checks = bytes.length * CHECK_FACTOR_MAX;
  let tornBytes = 0;
  let at = SECTOR_DATA_OFFSET;
  while (at < used) {
    const found = checks > 0 ? decodeBatchHeader(bytes, at, seed) : undefined;
    if (found !== undefined) {
      checks -= found.bodyBytes;
      const batch = readBody(bytes, at, found, sector);
      if (batch !== undefined) {
        batches.push(batch);
        at = aligned(at + BATCH_HEADER_BYTES + found.bodyBytes, geometry);
        continue;
      }
    }
    for (let i = 0; i < writeAlignBytes; i++) if (bytes[at + i] !== erasedByte) tornBytes++;
    at += writeAlignBytes;
  }
  return { header, blank: false, batches, end: at, tornBytes };
}

function readBody(bytes: Uint8Array, at: number, header: BatchHeader, sector: number): FoundBatch | undefined {
  const crc = checkBody(bytes, at, header.bodyBytes);
  if (crc === undefined) return undefined;
  const body = at + BATCH_HEADER_BYTES;
  const changes = decodeChanges(bytes, body, body + header.bodyBytes);
  if (changes === undefined) return undefined;
  const { bodyBytes, number, previous, oldest, durableThrough } = header;
  return { bodyBytes, number, previous, oldest, durableThrough, sector, changes, crc };
}
