import { fromHex, toHex, utf8Encode } from "../base/index.ts";
import { decode, encode } from "../cbor/index.ts";
import { KEY_ID_BYTES } from "../wire/index.ts";

/** How it ended; the numbers are in the entries: never reuse one. */
export const OUTCOMES = ["done", "refused", "failed", "info"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One line of the log, before it has its place in it. No position, ever. */
export interface AuditEvent {
  /** Key id as lower-case hex, a guest's name and grant, or `car`, `console`, `crash`. */
  readonly who: string;
  /** Name of an action or of an event of the lock. */
  readonly what: string;
  readonly outcome: Outcome;
  /** Name of a reason, a short sentence, or empty. */
  readonly why: string;
  /** Seconds since 1970, where the car trusted its clock. */
  readonly atS: number | undefined;
}

export interface AuditEntry extends AuditEvent {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** Makes the digest of an entry useless for guessing what it says. */
  readonly salt: Uint8Array;
}

export const SALT_BYTES = 8;
export const ENTRY_BYTES_MAX = 256;
/** Bytes of UTF-8 that each text may take; what is longer is clipped, since no log line may stand in the way of an unlock. */
const TEXT_BYTES_MAX = { who: 100, what: 40, why: 64 } as const;

/** `event` as an entry can hold it. */
export function clipped(event: AuditEvent): AuditEvent {
  const { who, what, why } = TEXT_BYTES_MAX;
  return { who: clip(event.who, who), what: clip(event.what, what), outcome: event.outcome, why: clip(event.why, why), atS: event.atS };
}

function clip(text: string, bytesMax: number): string {
  if (3 * text.length <= bytesMax) return text;
  let kept = "";
  let bytes = 0;
  for (const character of text) {
    bytes += utf8Encode(character).length;
    if (bytes > bytesMax) break;
    kept += character;
  }
  return kept;
}

/** `[sequence, who, what, outcome, why, at or null, salt]` in deterministic CBOR; `who` is a byte string for a key id, text otherwise. */
export function encodeEntry(entry: AuditEntry): Uint8Array {
  const keyId = entry.who.length === 2 * KEY_ID_BYTES ? fromHex(entry.who) : undefined;
  return encode([
    entry.sequence,
    keyId ?? entry.who,
    entry.what,
    OUTCOMES.indexOf(entry.outcome),
    entry.why,
    entry.atS ?? null,
    entry.salt,
  ]);
}

/** The entry of these bytes, or undefined where they are none. Reasons of newer firmware are kept by name. */
export function decodeEntry(bytes: Uint8Array): AuditEntry | undefined {
  if (bytes.length > ENTRY_BYTES_MAX) return undefined;
  const decoded = decode(bytes);
  if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length !== 7) return undefined;
  const [sequence, actor, what, outcomeNumber, why, at, salt] = decoded.value as readonly unknown[];
  const who = actor instanceof Uint8Array && actor.length === KEY_ID_BYTES ? toHex(actor) : actor;
  const outcome = typeof outcomeNumber === "number" ? OUTCOMES[outcomeNumber] : undefined;
  if (!isCount(sequence) || sequence === 0 || !isText(who) || !isText(what) || outcome === undefined || !isText(why)) return undefined;
  if (!(salt instanceof Uint8Array) || salt.length !== SALT_BYTES || !(at === null || isCount(at))) return undefined;
  return { sequence, who, what, outcome, why, atS: at ?? undefined, salt };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
