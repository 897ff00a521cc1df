import { err, ok, type Result } from "../base/index.ts";
import { decode, encode, type CborKey, type CborMap, type CborValue } from "../cbor/index.ts";
import type { CarMessage, Notice, Ticket } from "./messages.ts";
import { isName } from "./names.ts";
import { arrayOf, bytesOf, mapOf, nameOf, uint } from "./shape.ts";
import { MESSAGE_BYTES_MAX } from "./words.ts";

/** Bytes of a ticket id, of each nonce of a fast reconnect, and of the car's resolving key. */
export const TICKET_ID_BYTES = 8;
export const FAST_NONCE_BYTES = 16;
/** What the car says first on every link: random, so that it tells nobody anything. */
export const CHALLENGE_BYTES = 8;
export const RESOLVING_KEY_BYTES = 16;

/** Announced removals and resets that one reply carries; the access room allows no more at a time. */
export const NOTICE_COUNT_MAX = 16;
/** Latches that one push names: doors, trunk, bonnet and flap of the largest body described, twice over. */
export const LATCH_COUNT_MAX = 16;

const CODE_MAX = 999;
/** Entries at the top of a reply body; lists of keys and log lines lie inside one entry. */
const BODY_ENTRY_COUNT_MAX = 256;
/** A key id or a whole thumbprint. */
const NOTICE_TARGET_BYTES_MAX = 32;
const UINT32_MAX = 0xffffffff;

const PARTS = { code: 0, body: 1, ticket: 2, resolvingKey: 3, notices: 4, latches: 5 } as const;
const LATCH_STATES = { locked: 0, unlocked: 1, jammed: 2, unconfirmed: 3 } as const;
const NOTICES = { removeOwner: 0, reset: 1 } as const;

type Reply = Extract<CarMessage, { kind: "reply" }>;
type Latches = Extract<CarMessage, { kind: "latches" }>;

/** The bytes of `message`. */
export function encodeCarMessage(message: CarMessage): Uint8Array {
  if (message.kind === "latches") {
    const latches = new Map<string, CborValue>([...message.latches].map(([latch, state]) => [latch, LATCH_STATES[state]]));
    return encode(new Map([[PARTS.latches, latches]]));
  }
  const parts = new Map<CborKey, CborValue>([[PARTS.code, message.code]]);
  if (message.body.size > 0) parts.set(PARTS.body, message.body);
  if (message.ticket !== undefined) parts.set(PARTS.ticket, [message.ticket.id, message.ticket.carNonce]);
  if (message.resolvingKey !== undefined) parts.set(PARTS.resolvingKey, message.resolvingKey);
  if (message.notices !== undefined && message.notices.length > 0) {
    parts.set(
      PARTS.notices,
      message.notices.map((notice) => [notice.pendingId, NOTICES[notice.what], notice.target ?? null, notice.dueInS]),
    );
  }
  return encode(parts);
}

/** The message in `bytes`; `malformed` for unknown, missing, empty or out-of-range parts, or loose CBOR. */
export function decodeCarMessage(bytes: Uint8Array): Result<CarMessage, "malformed"> {
  if (bytes.length > MESSAGE_BYTES_MAX) return err("malformed");
  const item = decode(bytes);
  const parts = item.ok ? mapOf(item.value, 1, Object.keys(PARTS).length) : undefined;
  if (parts === undefined) return err("malformed");
  const message = parts.has(PARTS.latches) ? readLatches(parts) : readReply(parts);
  return message === undefined ? err("malformed") : ok(message);
}

function readLatches(parts: CborMap): Latches | undefined {
  const entries = parts.size === 1 ? mapOf(parts.get(PARTS.latches), 1, LATCH_COUNT_MAX) : undefined;
  if (entries === undefined) return undefined;
  const latches = new Map<string, keyof typeof LATCH_STATES>();
  for (const [latch, value] of entries) {
    const state = nameOf(LATCH_STATES, value);
    if (!isName(latch) || state === undefined) return undefined;
    latches.set(latch, state);
  }
  return { kind: "latches", latches };
}

function readReply(parts: CborMap): Reply | undefined {
  const code = uint(parts.get(PARTS.code), 0, CODE_MAX);
  const body = partOf(parts, PARTS.body, (value) => mapOf(value, 1, BODY_ENTRY_COUNT_MAX));
  const ticket = partOf(parts, PARTS.ticket, readTicket);
  const resolvingKey = partOf(parts, PARTS.resolvingKey, (value) => bytesOf(value, RESOLVING_KEY_BYTES));
  const notices = partOf(parts, PARTS.notices, readNotices);
  if (code === undefined || body === WRONG || ticket === WRONG || resolvingKey === WRONG || notices === WRONG) return undefined;
  const known = [body, ticket, resolvingKey, notices].filter((part) => part !== undefined).length;
  if (parts.size !== 1 + known) return undefined;
  return {
    kind: "reply",
    code,
    body: body ?? new Map(),
    ...(ticket && { ticket }),
    ...(resolvingKey && { resolvingKey }),
    ...(notices && { notices }),
  };
}

const WRONG = Symbol("present, but not what the profile says");

/** The part under `key`: undefined where it is absent, WRONG where it is there and `read` refuses it. */
function partOf<T>(parts: CborMap, key: number, read: (value: CborValue) => T | undefined): T | undefined | typeof WRONG {
  const value = parts.get(key);
  return value === undefined ? undefined : (read(value) ?? WRONG);
}

function readTicket(value: CborValue): Ticket | undefined {
  const pair = arrayOf(value, 2, 2);
  const id = bytesOf(pair?.[0], TICKET_ID_BYTES);
  const carNonce = bytesOf(pair?.[1], FAST_NONCE_BYTES);
  return id && carNonce && { id, carNonce };
}

function readNotices(value: CborValue): readonly Notice[] | undefined {
  const notices: Notice[] = [];
  for (const entry of arrayOf(value, 1, NOTICE_COUNT_MAX) ?? []) {
    const fields = arrayOf(entry, 4, 4);
    const pendingId = uint(fields?.[0], 0, UINT32_MAX);
    const what = nameOf(NOTICES, fields?.[1]);
    const target = fields?.[2] === null ? undefined : (bytesOf(fields?.[2], 1, NOTICE_TARGET_BYTES_MAX) ?? WRONG);
    const dueInS = uint(fields?.[3], 0, UINT32_MAX);
    if (pendingId === undefined || what === undefined || target === WRONG || dueInS === undefined) return undefined;
    notices.push({ pendingId, what, target, dueInS });
  }
  return notices.length > 0 ? notices : undefined;
}
