import { dirname, resolve } from "node:path";
import type { FlashGeometry } from "../../firmware/ports/index.ts";
import { makeFolder } from "../../hal/durable-file/index.ts";
import { openFlashFile, type FlashFile } from "../../hal/flash-file/index.ts";
import { createMemoryFlash, type MemoryFlash } from "../../hal/flash-memory/index.ts";
import { CommandFailure } from "../cli/command.ts";

export function geometryOf(flash: { readonly sectorCount: number; readonly sectorBytes: number }): FlashGeometry {
  return { sectorCount: flash.sectorCount, sectorBytes: flash.sectorBytes, writeAlignBytes: 1, erasedByte: 0xff };
}

/** The flash file at `path`, its folder made (0700) where it is missing. */
export function openFlash(path: string, geometry: FlashGeometry): FlashFile {
  const folder = dirname(resolve(path));
  try {
    makeFolder(folder);
  } catch (fault) {
    throw new CommandFailure(`${folder} cannot be made: ${(fault as Error).message}`, "Name another file with --flash.");
  }
  const opened = openFlashFile({ path, geometry });
  if (!opened.ok) throw new CommandFailure(opened.error.message, "", { fault: opened.error.kind });
  return opened.value;
}

/** Flash that is forgotten with the process. */
export function memoryFlash(): MemoryFlash {
  return createMemoryFlash(geometryOf({ sectorCount: 64, sectorBytes: 4096 }));
}
