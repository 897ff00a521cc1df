import { BUNDLE_BYTES_MAX, ENVELOPE_BYTES_MAX } from "../../firmware/update/index.ts";
import type { Gate } from "./gate.ts";
import { RELEASE_BYTES_MAX } from "./inbox.ts";
import type { Release } from "./uplink.ts";

/** One request of a download. */
export const DOWNLOAD_PIECE_BYTES = 64 * 1024;
const PIECE_TIMEOUT_MS = 60_000;
/** Pieces in a row that brought nothing before a download is given up; the breaker spaces them. */
export const USELESS_COUNT_MAX = 20;

/** Longest update file: the contract's bound, or what a car could take, whichever is less. */
const FILE_BYTES_MAX = Math.min(RELEASE_BYTES_MAX, BUNDLE_BYTES_MAX + ENVELOPE_BYTES_MAX + 8);

/**
 * Downloads a release in pieces (RFC 9110 section 14) and goes on after a break where it stopped: behind the bytes of `begun` at first,
 * each piece told to `onPiece`. Undefined where it cannot be had. What comes is only bytes: the car checks the signatures over it.
 */
export async function download(gate: Gate, token: () => string, { model, sequenceNumber, sizeBytes }: Release, begun: Uint8Array, onPiece: (piece: Uint8Array) => void): Promise<Uint8Array | undefined> {
  if (sizeBytes > FILE_BYTES_MAX) return undefined;
  const file = new Uint8Array(sizeBytes);
  file.set(begun);
  let offset = begun.length;
  for (let useless = 0; offset < sizeBytes && useless < USELESS_COUNT_MAX; ) {
    const length = Math.min(DOWNLOAD_PIECE_BYTES, sizeBytes - offset);
    const path = `/v1/uplink/releases/${encodeURIComponent(model)}/${sequenceNumber}`;
    const outcome = await gate.ask(() => ({ method: "GET", path, token: token(), range: { first: offset, last: offset + length - 1 }, bytesMax: length, timeoutMs: PIECE_TIMEOUT_MS }), ({ body }) => body.length > 0);
    if (outcome === undefined) return undefined;
    // A release that was withdrawn meanwhile.
    if (outcome.ok && (outcome.value.status === 404 || outcome.value.status === 416)) return undefined;
    const isPiece = outcome.ok && (outcome.value.status === 206 || (outcome.value.status === 200 && offset === 0 && length === sizeBytes)) && outcome.value.body.length > 0;
    if (!isPiece) {
      useless++;
      continue;
    }
    file.set(outcome.value.body, offset);
    onPiece(outcome.value.body);
    offset += outcome.value.body.length;
    useless = 0;
  }
  return offset === sizeBytes ? file : undefined;
}
