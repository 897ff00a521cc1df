import { concat } from "../../firmware/base/index.ts";
import type { TeslaAdvertisement } from "../radio/index.ts";

/** The one version of the framing, see docs/socket-radio.md. */
export const FRAMING_VERSION = 1;

/** Bytes of an ATT payload that a link may agree on: those of Bluetooth, from the smallest to the largest attribute value (Core 5.4 Vol 3 Part F section 3.2.9). */
export const ATT_PAYLOAD_BYTES_MIN = 20;
export const ATT_PAYLOAD_BYTES_MAX = 512;

/** An advertisement and a scan response have 31 bytes each (Core 5.4 Vol 3 Part C section 11); an identity is far shorter. */
export const IDENTITY_BYTES_MAX = 31;

/** A local name fits a scan response: 31 bytes less length and type. */
export const LOCAL_NAME_BYTES_MAX = 29;

/** A report of the car, or a revocation list for it. */
export const CARRIED_BYTES_MAX = 8192;

/** Type byte and the largest ATT payload. */
export const RECORD_BYTES_MAX = 1 + ATT_PAYLOAD_BYTES_MAX;
/** The same between a car and its uplink. */
export const UPLINK_RECORD_BYTES_MAX = 1 + CARRIED_BYTES_MAX;

export type RadioRecord =
  /** `dialect`: what a client speaks, absent for the native protocol. */
  | { readonly kind: "hello"; readonly version: number; readonly attPayloadBytes: number; readonly dialect?: "tesla" }
  | { readonly kind: "attPayload"; readonly bytes: Uint8Array }
  | { readonly kind: "advertisement"; readonly identity: Uint8Array; readonly connectable: boolean }
  /** This connection becomes no link: a radio wants to know what to advertise. */
  | { readonly kind: "watch" }
  /** What the car tells whoever watches an uplink's socket: JSON as UTF-8. */
  | { readonly kind: "report"; readonly bytes: Uint8Array }
  /** A signed revocation list that an uplink has brought. */
  | { readonly kind: "list"; readonly bytes: Uint8Array }
  /** The client of a link, which speaks Tesla, has read a value of the car. */
  | { readonly kind: "used" }
  /** Comes just before the advertisement it belongs to. */
  | ({ readonly kind: "name" } & TeslaAdvertisement);

/** The dialect byte of a hello; a hello without one is native. */
const DIALECT = { native: 0, tesla: 1 } as const;

/** The record with its length before it: uint16 big endian of what follows, a type byte, the body. */
export function encodeRecord(record: RadioRecord): Uint8Array {
  const content = contentOf(record);
  return concat(Uint8Array.of(content.length >> 8, content.length & 0xff), content);
}

function contentOf(record: RadioRecord): Uint8Array {
  switch (record.kind) {
    case "hello":
      return Uint8Array.of(0, record.version, record.attPayloadBytes >> 8, record.attPayloadBytes & 0xff, ...(record.dialect === "tesla" ? [DIALECT.tesla] : []));
    case "attPayload":
      return concat(Uint8Array.of(1), record.bytes);
    case "advertisement":
      return concat(Uint8Array.of(2, record.connectable ? 1 : 0), record.identity);
    case "watch":
      return Uint8Array.of(3);
    case "used":
      return Uint8Array.of(7);
    case "report":
      return concat(Uint8Array.of(4), record.bytes);
    case "list":
      return concat(Uint8Array.of(5), record.bytes);
    case "name":
      return Uint8Array.of(6, record.connectable ? 1 : 0, ...Array.from(record.localName, (letter) => letter.charCodeAt(0)));
  }
}

/** The record of the bytes after a length, or undefined where they are none. */
export function decodeRecord(content: Uint8Array): RadioRecord | undefined {
  const [type, first] = content;
  const body = content.subarray(1);
  if (type === 0 && (body.length === 3 || body.length === 4)) return helloOf(body);
  if (type === 1 && body.length >= 1 && body.length <= ATT_PAYLOAD_BYTES_MAX) return { kind: "attPayload", bytes: body.slice() };
  if (type === 2 && (first === 0 || first === 1) && body.length <= 1 + IDENTITY_BYTES_MAX) {
    return { kind: "advertisement", identity: body.slice(1), connectable: first === 1 };
  }
  if (type === 6 && (first === 0 || first === 1)) {
    const localName = String.fromCharCode(...body.subarray(1, 2 + LOCAL_NAME_BYTES_MAX));
    return isLocalName(localName) ? { kind: "name", localName, connectable: first === 1 } : undefined;
  }
  if (type === 3 && body.length === 0) return { kind: "watch" };
  if (type === 7 && body.length === 0) return { kind: "used" };
  if ((type === 4 || type === 5) && body.length >= 1 && body.length <= CARRIED_BYTES_MAX) return { kind: type === 4 ? "report" : "list", bytes: body.slice() };
  return undefined;
}

function helloOf(body: Uint8Array): RadioRecord | undefined {
  const hello = { kind: "hello", version: body[0]!, attPayloadBytes: (body[1]! << 8) | body[2]! } as const;
  switch (body[3] ?? DIALECT.native) {
    case DIALECT.native:
      return hello;
    case DIALECT.tesla:
      return { ...hello, dialect: "tesla" };
    default:
      return undefined;
  }
}

/** Whether `text` can be a local name: printable ASCII, 1 to {@link LOCAL_NAME_BYTES_MAX} characters. */
export function isLocalName(text: string): boolean {
  return text.length <= LOCAL_NAME_BYTES_MAX && /^[\x20-\x7e]+$/.test(text);
}

/** Cuts a byte stream into records. */
export interface RecordReader {
  push(chunk: Uint8Array): void;
  /** The next whole record; `more`: none is whole yet; `malformed`: this stream is of no further use. */
  next(): RadioRecord | "more" | "malformed";
  /** Whether bytes of an unfinished record wait. */
  readonly midRecord: boolean;
}

/** A reader that holds what was pushed last and less than one record from before. */
export function createRecordReader(recordBytesMax = RECORD_BYTES_MAX): RecordReader {
  let pending = new Uint8Array(0);
  return {
    push(chunk) {
      pending = pending.length === 0 ? Uint8Array.from(chunk) : Uint8Array.from(concat(pending, chunk));
    },
    next() {
      if (pending.length < 2) return "more";
      const length = (pending[0]! << 8) | pending[1]!;
      if (length < 1 || length > recordBytesMax) return "malformed";
      if (pending.length < 2 + length) return "more";
      const record = decodeRecord(pending.subarray(2, 2 + length));
      pending = pending.subarray(2 + length);
      return record ?? "malformed";
    },
    get midRecord() {
      return pending.length > 0;
    },
  };
}
