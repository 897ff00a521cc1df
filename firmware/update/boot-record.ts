import { concat, equalBytes, utf8Encode } from "../base/index.ts";
import { decode, encode, type CborValue } from "../cbor/index.ts";
import type { CryptoPort, Slot } from "../ports/index.ts";
import { BUNDLE_BYTES_MAX, DIGEST_BYTES } from "./manifest.ts";

/** The slots by the numbers that the record gives them. */
const SLOTS: readonly Slot[] = ["a", "b"];

/** A bundle as the boot loader knows it. */
export interface BundleFacts {
  /** SHA-256, 32 bytes. */
  readonly digest: Uint8Array;
  readonly sizeBytes: number;
}

/** A bundle on trial. `started`: the boot loader has begun with it; begun and not confirmed by the next start means that it failed. */
export interface Trial {
  readonly bundle: BundleFacts;
  readonly started: boolean;
}

/** What the boot loader starts. Each change replaces the whole record, which survives power loss as the old or the new one. */
export interface BootRecord {
  readonly active: Slot;
  /** What must stand in the active slot. */
  readonly bundle: BundleFacts;
  /** What is to be tried from the other slot. */
  readonly trial: Trial | undefined;
  /** Digest of the bundle that was tried last and undone. */
  readonly rolledBack: Uint8Array | undefined;
}

const VERSION = 1;
const CHECK_BYTES = 8;
const CHECK_LABEL = utf8Encode("latchkey-boot-record");
/** Longer is no boot record. */
export const BOOT_RECORD_BYTES_MAX = 256;

export function otherSlot(slot: Slot): Slot {
  return slot === "a" ? "b" : "a";
}

/** The bytes of `record`, with a check against decay of the medium; it is no protection against somebody who can write there. */
export function encodeBootRecord(crypto: Pick<CryptoPort, "sha256">, record: BootRecord): Uint8Array {
  const { active, bundle, trial, rolledBack } = record;
  const body = encode([
    VERSION,
    SLOTS.indexOf(active),
    bundleItem(bundle),
    trial === undefined ? null : [bundleItem(trial.bundle), trial.started],
    rolledBack ?? null,
  ]);
  return concat(body, checkOf(crypto, body));
}

/** The record of these bytes, or undefined where they are none. */
export function decodeBootRecord(crypto: Pick<CryptoPort, "sha256">, bytes: Uint8Array): BootRecord | undefined {
  if (bytes.length <= CHECK_BYTES || bytes.length > BOOT_RECORD_BYTES_MAX) return undefined;
  const body = bytes.subarray(0, bytes.length - CHECK_BYTES);
  if (!equalBytes(bytes.subarray(body.length), checkOf(crypto, body))) return undefined;
  const item = decode(body);
  if (!item.ok || !Array.isArray(item.value) || item.value.length !== 5) return undefined;
  const [version, slot, current, tried, undone] = item.value as readonly CborValue[];
  const active = typeof slot === "number" ? SLOTS[slot] : undefined;
  const bundle = readBundle(current);
  const trial = tried === null ? undefined : readTrial(tried);
  if (version !== VERSION || active === undefined || bundle === undefined || (tried !== null && trial === undefined)) return undefined;
  if (undone !== null && !isDigest(undone)) return undefined;
  return { active, bundle, trial, rolledBack: undone ?? undefined };
}

/** What a start of the boot loader does. */
export type BootChoice =
  | { readonly kind: "active" }
  /** `record` is to be durable before anything of the trial runs. */
  | { readonly kind: "trial"; readonly record: BootRecord }
  /** A trial was begun and not confirmed: `record` undoes it. */
  | { readonly kind: "rollBack"; readonly record: BootRecord };

/** The boot loader's one rule: a trial gets exactly one start. */
export function chooseBoot(record: BootRecord): BootChoice {
  if (record.trial === undefined) return { kind: "active" };
  if (record.trial.started) return { kind: "rollBack", record: rolledBack(record) };
  return { kind: "trial", record: { ...record, trial: { ...record.trial, started: true } } };
}

/** The record that has the other slot tried at the next start. */
export function armed(record: BootRecord, bundle: BundleFacts): BootRecord {
  return { ...record, trial: { bundle, started: false }, rolledBack: undefined };
}

/** The record after the trial has proved itself; undefined where none was begun. */
export function confirmed(record: BootRecord): BootRecord | undefined {
  if (record.trial?.started !== true) return undefined;
  return { active: otherSlot(record.active), bundle: record.trial.bundle, trial: undefined, rolledBack: undefined };
}

/** The record after a trial has failed. */
export function rolledBack(record: BootRecord): BootRecord {
  return { ...record, trial: undefined, rolledBack: record.trial?.bundle.digest ?? record.rolledBack };
}

function bundleItem({ digest, sizeBytes }: BundleFacts): CborValue {
  return [digest, sizeBytes];
}

function readBundle(item: CborValue | undefined): BundleFacts | undefined {
  if (!Array.isArray(item) || item.length !== 2) return undefined;
  const [digest, sizeBytes] = item as readonly CborValue[];
  if (!isDigest(digest) || typeof sizeBytes !== "number" || sizeBytes < 1 || sizeBytes > BUNDLE_BYTES_MAX) return undefined;
  return { digest, sizeBytes };
}

function readTrial(item: CborValue | undefined): Trial | undefined {
  if (!Array.isArray(item) || item.length !== 2) return undefined;
  const [bundle, started] = item as readonly CborValue[];
  const facts = readBundle(bundle);
  return facts === undefined || typeof started !== "boolean" ? undefined : { bundle: facts, started };
}

function isDigest(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array && value.length === DIGEST_BYTES;
}

function checkOf(crypto: Pick<CryptoPort, "sha256">, body: Uint8Array): Uint8Array {
  return crypto.sha256(concat(CHECK_LABEL, body)).subarray(0, CHECK_BYTES);
}
