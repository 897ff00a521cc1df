import { assert } from "../../firmware/base/index.ts";
import type { FlashGeometry, FlashPort } from "../../firmware/ports/index.ts";
import { assertGeometry, checkErase, checkProgram, readFrom, sizeOf } from "../flash-rules/index.ts";

/** Flash in memory: what is programmed lasts as long as this object. */
export interface MemoryFlash extends FlashPort {
  /** A copy of the whole region, to start another flash from. */
  image(): Uint8Array;
  /** Nothing is ever pending here: calls `done` before it returns. */
  sync(done: (error?: Error) => void): void;
  close(): void;
}

/** Flash that starts as a copy of `image`, or erased. */
export function createMemoryFlash(geometry: FlashGeometry, image?: Uint8Array): MemoryFlash {
  assertGeometry(geometry);
  assert(image === undefined || image.length === sizeOf(geometry), "a flash image has the size of its geometry");
  const bytes = image?.slice() ?? new Uint8Array(sizeOf(geometry)).fill(geometry.erasedByte);
  return {
    geometry,
    read: (offset, length) => readFrom(bytes, offset, length),
    program(offset, data) {
      const checked = checkProgram(geometry, bytes, offset, data);
      if (checked.ok) bytes.set(data, offset);
      return checked;
    },
    erase(sector) {
      const checked = checkErase(geometry, sector);
      if (checked.ok) bytes.fill(geometry.erasedByte, sector * geometry.sectorBytes, (sector + 1) * geometry.sectorBytes);
      return checked;
    },
    image: () => bytes.slice(),
    sync: (done) => done(),
    close: () => undefined,
  };
}
