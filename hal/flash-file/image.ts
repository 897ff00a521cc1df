import { closeSync, fstatSync, openSync } from "node:fs";
import { equalBytes, err, ok, type Result } from "../../firmware/base/index.ts";
import type { FlashGeometry } from "../../firmware/ports/index.ts";
import { codeOf, messageOf, readUpTo, replaceFile } from "../durable-file/index.ts";
import { sizeOf } from "../flash-rules/index.ts";
import { describeGeometry, describeHeader, FLASH_FILE_HEADER_BYTES, headerOf } from "./header.ts";

/** Why a flash file was not opened; `message` names path, cause and way out. */
export interface FlashFileFault {
  readonly kind: "locked" | "mismatch" | "io";
  readonly message: string;
}

/** An open file and the flash image in it. */
export interface OpenImage {
  readonly file: number;
  readonly image: Uint8Array;
}

/** Opens the flash file at `path`, made new and erased where there is none. The caller holds its lock. */
export function openImage(path: string, geometry: FlashGeometry): Result<OpenImage, FlashFileFault> {
  try {
    const file = openOrCreate(path, geometry);
    const opened = readImage(file, path, geometry);
    if (!opened.ok) closeSync(file);
    return opened;
  } catch (error) {
    return err({ kind: "io", message: `flash file ${path} cannot be opened: ${messageOf(error)}` });
  }
}

function openOrCreate(path: string, geometry: FlashGeometry): number {
  try {
    return openSync(path, "r+");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  replaceFile(path, [headerOf(geometry), new Uint8Array(sizeOf(geometry)).fill(geometry.erasedByte)]);
  return openSync(path, "r+");
}

function readImage(file: number, path: string, geometry: FlashGeometry): Result<OpenImage, FlashFileFault> {
  const status = fstatSync(file);
  if (!status.isFile()) return err({ kind: "mismatch", message: `${path} is no regular file: name a file for the flash` });
  const header = readUpTo(file, FLASH_FILE_HEADER_BYTES, 0);
  if (!equalBytes(header, headerOf(geometry))) return err(headerMismatch(path, header, geometry));
  const expectedBytes = FLASH_FILE_HEADER_BYTES + sizeOf(geometry);
  if (status.size !== expectedBytes) {
    return err({ kind: "mismatch", message: `flash file ${path} has ${status.size} bytes, expected ${expectedBytes}: it was cut or extended; restore it from a copy, or move it away to start with an empty one` });
  }
  const image = readUpTo(file, sizeOf(geometry), FLASH_FILE_HEADER_BYTES);
  if (image.length !== sizeOf(geometry)) return err({ kind: "io", message: `flash file ${path} cannot be read to its end` });
  return ok({ file, image });
}

function headerMismatch(path: string, header: Uint8Array, geometry: FlashGeometry): FlashFileFault {
  const expected = describeGeometry(geometry);
  const found = describeHeader(header);
  if (found === undefined) return { kind: "mismatch", message: `${path} is no flash file (expected ${expected}): name another file, or move it away to start with an empty one` };
  if (found === expected) return { kind: "mismatch", message: `flash file ${path} has a damaged header: restore it from a copy, or move it away to start with an empty one` };
  return { kind: "mismatch", message: `flash file ${path} has another geometry: found ${found}, expected ${expected}; configure the geometry found, or name another file` };
}
