import type { FlashGeometry } from "../ports/index.ts";
import type { RecordChange, RecordTable } from "./store.ts";
import { crc32 } from "./crc32.ts";

/**
 * What lies on the flash. All numbers little-endian.
 *
 * A sector begins with its header, twice:
 *   0 magic u32 · 4 version u8 · 5 erased byte u8 · 6 sector count u16 · 8 sector bytes u32 · 12 generation u32 · 16 salt u32 ·
 *   20 durable through u32 · 24 zero u32 · 28 crc u32 of bytes 0 to 27
 * Then batches, each at a multiple of the write alignment:
 *   0 magic u16 · 2 zero u16 · 4 body bytes u32 · 8 number u32 · 12 previous u32 · 16 oldest u32 · 20 durable through u32 ·
 *   24 header crc u32 of bytes 0 to 23, seeded with the sector's salt and generation · 28 body crc u32, seeded with the header crc
 * The body of a batch is its changes:
 *   0 table u8, high bit set for a removal · 1 key bytes u8 · 2 value bytes u16 · 4 birth u32 · key · value
 */
export const FORMAT_VERSION = 1;
export const SECTOR_HEADER_BYTES = 32;
/** Two copies of the header: one flipped bit must not cost a sector. */
export const SECTOR_DATA_OFFSET = 2 * SECTOR_HEADER_BYTES;
export const BATCH_HEADER_BYTES = 32;
export const CHANGE_HEADER_BYTES = 8;
export const KEY_BYTES_MAX = 64;
/** Numbers on flash are 32 bits; at one commit a second they last 136 years. */
export const NUMBER_MAX = 0xffff_fffe;

const SECTOR_MAGIC = 0x4b48434c;
const BATCH_MAGIC_LOW = 0xb5;
const BATCH_MAGIC_HIGH = 0x4c;
const REMOVAL = 0x80;

export interface SectorHeader {
  readonly version: number;
  readonly erasedByte: number;
  readonly sectorCount: number;
  readonly sectorBytes: number;
  /** Which life of which sector this is; orders the sectors, and no two lives share one. */
  readonly generation: number;
  /** Seeds the checksums of this life, so that no value that somebody had stored can pass for a batch. */
  readonly salt: number;
  readonly durableThrough: number;
}

export interface BatchHeader {
  readonly bodyBytes: number;
  /** Counts up over the life of the store; numbers of batches that were dropped are not used again while they can be seen. */
  readonly number: number;
  /** The batch that was the newest when this one was written; 0 for the first. */
  readonly previous: number;
  /** Batches below this number no longer count: everything live of them stands in later ones. */
  readonly oldest: number;
  /** The newest batch that was known to be durable when this one was written. */
  readonly durableThrough: number;
}

/** A change as it stands on flash; `birth` orders records by their key's first appearance. */
export interface StoredChange extends RecordChange {
  readonly birth: number;
}

function putU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}

function getU32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>> 0;
}

/** `length` rounded up to what `geometry` can program. */
export function aligned(length: number, geometry: FlashGeometry): number {
  const align = geometry.writeAlignBytes;
  return Math.ceil(length / align) * align;
}

/** Both copies of a sector's header, as they are programmed. */
export function encodeSectorHeader(header: SectorHeader): Uint8Array {
  const bytes = new Uint8Array(SECTOR_DATA_OFFSET);
  putU32(bytes, 0, SECTOR_MAGIC);
  bytes[4] = header.version;
  bytes[5] = header.erasedByte;
  bytes[6] = header.sectorCount;
  bytes[7] = header.sectorCount >>> 8;
  putU32(bytes, 8, header.sectorBytes);
  putU32(bytes, 12, header.generation);
  putU32(bytes, 16, header.salt);
  putU32(bytes, 20, header.durableThrough);
  putU32(bytes, 28, crc32(bytes, 0, 28));
  bytes.copyWithin(SECTOR_HEADER_BYTES, 0, SECTOR_HEADER_BYTES);
  return bytes;
}

/** The header of a sector's bytes, from whichever copy is intact, or undefined. */
export function decodeSectorHeader(bytes: Uint8Array): SectorHeader | undefined {
  for (const at of [0, SECTOR_HEADER_BYTES]) {
    if (getU32(bytes, at) !== SECTOR_MAGIC || crc32(bytes, at, at + 28) !== getU32(bytes, at + 28)) continue;
    return {
      version: bytes[at + 4]!,
      erasedByte: bytes[at + 5]!,
      sectorCount: bytes[at + 6]! | (bytes[at + 7]! << 8),
      sectorBytes: getU32(bytes, at + 8),
      generation: getU32(bytes, at + 12),
      salt: getU32(bytes, at + 16),
      durableThrough: getU32(bytes, at + 20),
    };
  }
  return undefined;
}

/** What the checksums of one life of a sector start from. */
export function sectorSeed(header: { readonly generation: number; readonly salt: number }): number {
  return (Math.imul(header.generation, 0x9e3779b1) ^ header.salt) >>> 0;
}

/** Writes header and checksums in front of the body that already stands in `batch`; gives back the body's checksum. */
export function sealBatch(batch: Uint8Array, header: BatchHeader, seed: number): number {
  batch[0] = BATCH_MAGIC_LOW;
  batch[1] = BATCH_MAGIC_HIGH;
  batch[2] = 0;
  batch[3] = 0;
  putU32(batch, 4, header.bodyBytes);
  putU32(batch, 8, header.number);
  putU32(batch, 12, header.previous);
  putU32(batch, 16, header.oldest);
  putU32(batch, 20, header.durableThrough);
  const headerCrc = crc32(batch, 0, 24, seed);
  const bodyCrc = crc32(batch, BATCH_HEADER_BYTES, BATCH_HEADER_BYTES + header.bodyBytes, headerCrc);
  putU32(batch, 24, headerCrc);
  putU32(batch, 28, bodyCrc);
  return bodyCrc;
}

/** The batch header at `at`, or undefined where none of this life of the sector stands there. The body is not looked at. */
export function decodeBatchHeader(bytes: Uint8Array, at: number, seed: number): BatchHeader | undefined {
  if (bytes[at] !== BATCH_MAGIC_LOW || bytes[at + 1] !== BATCH_MAGIC_HIGH || at + BATCH_HEADER_BYTES > bytes.length) return undefined;
  if (crc32(bytes, at, at + 24, seed) !== getU32(bytes, at + 24)) return undefined;
  const header: BatchHeader = {
    bodyBytes: getU32(bytes, at + 4),
    number: getU32(bytes, at + 8),
    previous: getU32(bytes, at + 12),
    oldest: getU32(bytes, at + 16),
    durableThrough: getU32(bytes, at + 20),
  };
  const fits = at + BATCH_HEADER_BYTES + header.bodyBytes <= bytes.length;
  return fits && header.previous < header.number && header.oldest <= header.number ? header : undefined;
}

/** The body's checksum if it is the one that the header promised, else undefined. */
export function checkBody(bytes: Uint8Array, at: number, bodyBytes: number): number | undefined {
  const body = at + BATCH_HEADER_BYTES;
  const crc = crc32(bytes, body, body + bodyBytes, getU32(bytes, at + 24));
  return crc === getU32(bytes, at + 28) ? crc : undefined;
}

/** Bytes that `change` takes in a body. */
export function changeBytes(change: RecordChange): number {
  return CHANGE_HEADER_BYTES + change.key.length + (change.value?.length ?? 0);
}

/** Writes one change at `at` and gives back the offset behind it. */
export function encodeChange(batch: Uint8Array, at: number, change: RecordChange, birth: number): number {
  const { table, key, value } = change;
  const valueBytes = value?.length ?? 0;
  batch[at] = value === undefined ? table | REMOVAL : table;
  batch[at + 1] = key.length;
  batch[at + 2] = valueBytes;
  batch[at + 3] = valueBytes >>> 8;
  putU32(batch, at + 4, value === undefined ? 0 : birth);
  batch.set(key, at + CHANGE_HEADER_BYTES);
  if (value !== undefined) batch.set(value, at + CHANGE_HEADER_BYTES + key.length);
  return at + CHANGE_HEADER_BYTES + key.length + valueBytes;
}

/** The changes of a body, keys and values copied; undefined where the body is no sequence of changes. */
export function decodeChanges(bytes: Uint8Array, start: number, end: number): readonly StoredChange[] | undefined {
  const changes: StoredChange[] = [];
  for (let at = start; at < end; ) {
    if (at + CHANGE_HEADER_BYTES > end) return undefined;
    const keyAt = at + CHANGE_HEADER_BYTES;
    const valueAt = keyAt + bytes[at + 1]!;
    const next = valueAt + (bytes[at + 2]! | (bytes[at + 3]! << 8));
    if (next > end || valueAt === keyAt || valueAt - keyAt > KEY_BYTES_MAX) return undefined;
    const removal = (bytes[at]! & REMOVAL) !== 0;
    changes.push({
      table: (bytes[at]! & ~REMOVAL) as RecordTable,
      key: bytes.slice(keyAt, valueAt),
      value: removal ? undefined : bytes.slice(valueAt, next),
      birth: getU32(bytes, at + 4),
    });
    at = next;
  }
  return changes;
}
