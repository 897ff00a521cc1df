import { assert, shortLived } from "../base/index.ts";

/** What is signed beside the message itself (`signatures.Tag`); what is undefined is left out. */
export interface Metadata {
  readonly signatureType?: number;
  readonly domain?: number;
  /** 17 characters as ASCII. */
  readonly vin: Uint8Array;
  readonly epoch?: Uint8Array;
  /** Seconds of the epoch's clock. */
  readonly expiresAt?: number;
  readonly counter?: number;
  readonly challenge?: Uint8Array;
  readonly flags?: number | undefined;
  readonly requestHash?: Uint8Array;
  readonly fault?: number;
}

const TAG = { signatureType: 0, domain: 1, vin: 2, epoch: 3, expiresAt: 4, counter: 5, challenge: 6, flags: 7, requestHash: 8, fault: 9 } as const;
const END = 0xff;

/** Tag and length of each item. */
const HEAD_BYTES = 2;
const U8_BYTES = HEAD_BYTES + 1;
const U32_BYTES = HEAD_BYTES + 4;

/** Each item as tag, length and value, ascending by tag, 32-bit numbers big endian, then a closing 0xff; `message` behind it. */
export function metadata(items: Metadata, message: Uint8Array = NOTHING): Uint8Array {
  const { signatureType, domain, vin, epoch, expiresAt, counter, challenge, flags, requestHash, fault } = items;
  const numbers = (expiresAt === undefined ? 0 : U32_BYTES) + (counter === undefined ? 0 : U32_BYTES) + (flags === undefined ? 0 : U32_BYTES) + (fault === undefined ? 0 : U32_BYTES);
  const fixed = (signatureType === undefined ? 0 : U8_BYTES) + (domain === undefined ? 0 : U8_BYTES) + numbers + 1;
  const out = shortLived(fixed + itemBytes(vin) + itemBytes(epoch) + itemBytes(challenge) + itemBytes(requestHash) + message.length);
  let at = 0;
  if (signatureType !== undefined) at = putU8(out, at, TAG.signatureType, signatureType);
  if (domain !== undefined) at = putU8(out, at, TAG.domain, domain);
  at = putBytes(out, at, TAG.vin, vin);
  if (epoch !== undefined) at = putBytes(out, at, TAG.epoch, epoch);
  if (expiresAt !== undefined) at = putU32(out, at, TAG.expiresAt, expiresAt);
  if (counter !== undefined) at = putU32(out, at, TAG.counter, counter);
  if (challenge !== undefined) at = putBytes(out, at, TAG.challenge, challenge);
  if (flags !== undefined) at = putU32(out, at, TAG.flags, flags);
  if (requestHash !== undefined) at = putBytes(out, at, TAG.requestHash, requestHash);
  if (fault !== undefined) at = putU32(out, at, TAG.fault, fault);
  out[at] = END;
  out.set(message, at + 1);
  return out;
}

const NOTHING = new Uint8Array(0);

function itemBytes(value: Uint8Array | undefined): number {
  if (value === undefined) return 0;
  assert(value.length <= 0xff, "values of metadata have 255 bytes at most");
  return HEAD_BYTES + value.length;
}

function putBytes(out: Uint8Array, at: number, tag: number, value: Uint8Array): number {
  out[at] = tag;
  out[at + 1] = value.length;
  out.set(value, at + HEAD_BYTES);
  return at + HEAD_BYTES + value.length;
}

function putU8(out: Uint8Array, at: number, tag: number, value: number): number {
  out[at] = tag;
  out[at + 1] = 1;
  out[at + 2] = value;
  return at + U8_BYTES;
}

function putU32(out: Uint8Array, at: number, tag: number, value: number): number {
  out[at] = tag;
  out[at + 1] = 4;
  out[at + 2] = value >>> 24;
  out[at + 3] = value >>> 16;
  out[at + 4] = value >>> 8;
  out[at + 5] = value;
  return at + U32_BYTES;
}
