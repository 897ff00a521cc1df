import { assert, err, ok, shortLived, type Result } from "../../firmware/base/index.ts";
import type { FlashFault, FlashGeometry } from "../../firmware/ports/index.ts";

/** The image is mirrored in memory; a lock's records need far less. */
export const FLASH_BYTES_MAX = 64 * 1024 * 1024;

/** Throws unless `geometry` can be built: whole sectors of whole write units, at most {@link FLASH_BYTES_MAX}. */
export function assertGeometry(geometry: FlashGeometry): void {
  const { sectorCount, sectorBytes, writeAlignBytes, erasedByte } = geometry;
  for (const count of [sectorCount, sectorBytes, writeAlignBytes]) assert(Number.isSafeInteger(count) && count > 0, "flash sizes are positive integers");
  assert(sectorBytes % writeAlignBytes === 0, "a flash sector holds whole write units");
  assert(sectorCount * sectorBytes <= FLASH_BYTES_MAX, "a flash region has at most 64 MiB");
  assert(erasedByte === 0x00 || erasedByte === 0xff, "erased flash reads 00 or ff");
}

/** Bytes of the whole region. */
export function sizeOf(geometry: FlashGeometry): number {
  return geometry.sectorCount * geometry.sectorBytes;
}

/** A copy of `length` bytes of `image` at `offset`. Throws outside of the region: the reader knows the geometry. */
export function readFrom(image: Uint8Array, offset: number, length: number): Uint8Array {
  assert(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= image.length, "flash is read within its bounds");
  const copy = shortLived(length);
  copy.set(image.subarray(offset, offset + length));
  return copy;
}

/** Whether `data` may be programmed at `offset`: within one sector, aligned, onto bytes that read as erased. */
export function checkProgram(geometry: FlashGeometry, image: Uint8Array, offset: number, data: Uint8Array): Result<void, FlashFault> {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + data.length > image.length) {
    return err({ kind: "out-of-range", detail: `program of ${data.length} bytes at ${offset}: the region has ${image.length} bytes` });
  }
  if (offset % geometry.writeAlignBytes !== 0 || data.length % geometry.writeAlignBytes !== 0) {
    return err({ kind: "out-of-range", detail: `program of ${data.length} bytes at ${offset}: not in units of ${geometry.writeAlignBytes} bytes` });
  }
  if (Math.floor(offset / geometry.sectorBytes) !== Math.floor((offset + Math.max(1, data.length) - 1) / geometry.sectorBytes)) {
    return err({ kind: "out-of-range", detail: `program of ${data.length} bytes at ${offset}: over the border of two sectors` });
  }
  for (let i = 0; i < data.length; i++) {
    if (image[offset + i] !== geometry.erasedByte) return err({ kind: "not-erased", detail: `program at ${offset}: byte ${offset + i} is not erased` });
  }
  return ok();
}

/** Whether `sector` is one of the region. */
export function checkErase(geometry: FlashGeometry, sector: number): Result<void, FlashFault> {
  if (Number.isSafeInteger(sector) && sector >= 0 && sector < geometry.sectorCount) return ok();
  return err({ kind: "out-of-range", detail: `erase of sector ${sector}: the region has ${geometry.sectorCount} sectors` });
}
