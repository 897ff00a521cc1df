import { fromBase64Url } from "../../firmware/base/index.ts";
import { CARRIED_BYTES_MAX } from "../../hal/socket-radio/index.ts";

/** Largest ATT payload: what a courier carries at once. */
export const FRAME_BYTES_MAX = 512;
/** Items of one answer that are looked at. */
export const ITEM_COUNT_MAX = 64;
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** As the update file of docs/update.md may have at most. */
export const RELEASE_BYTES_MAX = 16 * 1024 * 1024;

export type InboxItem =
  | { readonly kind: "opened" | "closed"; readonly link: string }
  | { readonly kind: "frame"; readonly link: string; readonly bytes: Uint8Array }
  | { readonly kind: "list"; readonly bytes: Uint8Array }
  | { readonly kind: "release"; readonly model: string; readonly version: string; readonly sequenceNumber: number; readonly sizeBytes: number };

export interface InboxAnswer {
  readonly items: readonly InboxItem[];
  readonly next: number;
  /** Items that were none, or too many. */
  readonly droppedCount: number;
}

/** What a cloud says waits for the car; undefined where the answer is none, or is older than `after`. */
export function readInbox(body: Uint8Array, after: number): InboxAnswer | undefined {
  const answer = readJson(body);
  const { items, next } = answer ?? {};
  if (!Array.isArray(items) || !isCount(next, Number.MAX_SAFE_INTEGER) || next < after || (items.length > 0 && next === after)) return undefined;
  const read = items.slice(0, ITEM_COUNT_MAX).flatMap((item: unknown) => readItem(item) ?? []);
  return { items: read, next, droppedCount: items.length - read.length };
}

/** A JSON object, or undefined. */
export function readJson(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readItem(item: unknown): InboxItem | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { kind, link, bytes, model, version, sequenceNumber, sizeBytes } = item as Readonly<Record<string, unknown>>;
  if ((kind === "opened" || kind === "closed") && isName(link)) return { kind, link };
  if (kind === "frame" && isName(link)) {
    const frame = readBytes(bytes, FRAME_BYTES_MAX);
    return frame && { kind, link, bytes: frame };
  }
  if (kind === "list") {
    const list = readBytes(bytes, CARRIED_BYTES_MAX);
    return list && { kind, bytes: list };
  }
  if (kind === "release" && typeof model === "string" && model.length <= 64 && typeof version === "string" && version.length <= 64) {
    if (isCount(sequenceNumber, Number.MAX_SAFE_INTEGER) && isCount(sizeBytes, RELEASE_BYTES_MAX) && sizeBytes > 0) return { kind, model, version, sequenceNumber, sizeBytes };
  }
  return undefined;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max;
}

function readBytes(value: unknown, bytesMax: number): Uint8Array | undefined {
  if (typeof value !== "string" || value.length > Math.ceil((bytesMax * 4) / 3)) return undefined;
  const bytes = fromBase64Url(value);
  return bytes !== undefined && bytes.length >= 1 && bytes.length <= bytesMax ? bytes : undefined;
}
