import { utf8Encode } from "../../firmware/base/index.ts";
import type { FlashGeometry } from "../../firmware/ports/index.ts";

/** Bytes before the flash image in the file: one page, so that sectors stay aligned to pages. */
export const FLASH_FILE_HEADER_BYTES = 4096;

const TITLE = "latchkey-flash 1";

/** One line of text that names the geometry (`head -1` shows it), then zeros. */
export function headerOf(geometry: FlashGeometry): Uint8Array {
  const header = new Uint8Array(FLASH_FILE_HEADER_BYTES);
  header.set(utf8Encode(`${TITLE} ${describeGeometry(geometry)}\n`));
  return header;
}

/** The geometry in words, for headers and errors. */
export function describeGeometry(geometry: FlashGeometry): string {
  const erased = geometry.erasedByte.toString(16).padStart(2, "0");
  return `sectors=${geometry.sectorCount} sectorBytes=${geometry.sectorBytes} writeAlignBytes=${geometry.writeAlignBytes} erasedByte=${erased}`;
}

/** What a header says its geometry is, or undefined where these are no such file's first bytes. */
export function describeHeader(header: Uint8Array): string | undefined {
  const line = Buffer.from(header.subarray(0, 200)).toString("latin1").split("\n")[0]!;
  return /^latchkey-flash 1 [A-Za-z0-9= ]{1,160}$/.test(line) ? line.slice(TITLE.length + 1) : undefined;
}
