import { readFileSync, statSync } from "node:fs";
import { byteStringAt, encode } from "../../firmware/cbor/index.ts";
import { BUNDLE_BYTES_MAX, ENVELOPE_BYTES_MAX, parseManifest, type ParsedManifest } from "../../firmware/update/index.ts";
import { messageOf } from "../../hal/durable-file/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { crypto } from "./release-key.ts";

/** What a maker hands out: a signed manifest and the bundle it speaks of. */
export interface UpdatePackage {
  readonly envelope: Uint8Array;
  readonly parsed: ParsedManifest;
  readonly bundle: Uint8Array;
}

/** The bytes of an update file: the envelope as one CBOR byte string, then the bundle as it is. */
export function packageBytes(envelope: Uint8Array, bundle: Uint8Array): readonly Uint8Array[] {
  return [encode(envelope), bundle];
}

/** A bundle that may go into an update. */
export function readBundle(path: string): Uint8Array {
  const bytes = readBounded(path, BUNDLE_BYTES_MAX);
  if (bytes.length === 0) throw new CommandFailure(`${path} is empty`, "Name the bundle: dist/release/latchkey.mjs after npm run build.");
  return bytes;
}

/** An update file. What it says of itself is judged by the car, not here; only its shape is looked at. */
export function readPackage(path: string): UpdatePackage {
  const bytes = readBounded(path, BUNDLE_BYTES_MAX + ENVELOPE_BYTES_MAX + 8);
  const parsed = parsePackage(bytes);
  if (parsed === undefined) throw new CommandFailure(`${path} is no update`, "Name a file that latchkey update make has written.");
  return parsed;
}

/** The parts of an update file, or undefined where it is none. */
export function parsePackage(bytes: Uint8Array): UpdatePackage | undefined {
  const item = byteStringAt(bytes, 0);
  const envelope = item.ok ? bytes.slice(item.value.start, item.value.end) : new Uint8Array(0);
  const parsed = parseManifest(crypto, envelope);
  return item.ok && parsed.ok ? { envelope, parsed: parsed.value, bundle: bytes.subarray(item.value.end) } : undefined;
}

function readBounded(path: string, bytesMax: number): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > bytesMax) throw new CommandFailure(`${path} has ${size} bytes, at most ${bytesMax} are allowed`);
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${path} cannot be read: ${messageOf(error)}`);
  }
}
