import { assert, err, ok, utf8Encode, type Result } from "../base/index.ts";
import { decode, encode, type CborValue } from "../cbor/index.ts";
import { parseSign1, signSign1, verifySign1, type ParsedSign1, type PublicKey } from "../cose/index.ts";
import type { CryptoPort, SigningKey } from "../ports/index.ts";
import { isName } from "../wire/index.ts";

/**
 * What a release says of itself, in the terms of RFC 9124 section 3: structure version (3.1), monotonic sequence number (3.2),
 * class identifier (3.4), payload digest (3.13), size (3.14), and the signature of the envelope (3.15). The encoding is this
 * project's own map in deterministic CBOR inside a COSE_Sign1, not the command sequences of a SUIT manifest: there is one payload
 * and one way to install it.
 */
export interface UpdateManifest {
  /** Orders releases of a model: a car that has confirmed one takes only higher ones. 1 to {@link SEQUENCE_NUMBER_MAX}. */
  readonly sequenceNumber: number;
  /** The class of cars it is for: a name, compared byte for byte. */
  readonly model: string;
  /** What people call it; orders nothing. */
  readonly version: string;
  /** Bytes of the bundle. */
  readonly sizeBytes: number;
  /** SHA-256 of the bundle, 32 bytes. */
  readonly digest: Uint8Array;
  /** COSE_Key that signs the releases after this one; it comes into force when this one is confirmed. */
  readonly nextReleaseKey: Uint8Array | undefined;
}

/** A manifest whose shape is right; nothing in it is true before {@link verifyManifest} says so. */
export interface ParsedManifest {
  readonly manifest: UpdateManifest;
  readonly sign1: ParsedSign1;
  /** SHA-256 of the signed payload: what an owner consents to. */
  readonly id: Uint8Array;
}

/** Manifest versions that this reader knows (RFC 9124 section 3.1). */
const MANIFEST_VERSION = 1;
export const SEQUENCE_NUMBER_MAX = 0xffffffff;
/** Sixteen times what the bundle has today. */
export const BUNDLE_BYTES_MAX = 32 * 1024 * 1024;
/** A manifest with both names at their longest and the largest key takes about 350. */
export const ENVELOPE_BYTES_MAX = 512;
export const DIGEST_BYTES = 32;
const COSE_KEY_BYTES_MIN = 40;
const COSE_KEY_BYTES_MAX = 75;
const EXTERNAL_AAD = utf8Encode("latchkey-update");

const FIELDS = { manifestVersion: 1, sequenceNumber: 2, model: 3, version: 4, sizeBytes: 5, digest: 6, nextReleaseKey: 7 } as const;

/** `manifest` signed by the release key: an untagged COSE_Sign1 (RFC 9052 section 4.2). */
export function signManifest(crypto: CryptoPort, releaseKey: SigningKey, manifest: UpdateManifest): Uint8Array {
  assert(isSound(manifest), "a manifest to be signed is within its bounds");
  return signSign1(crypto, releaseKey, { payload: encodeManifest(manifest), externalAad: EXTERNAL_AAD });
}

/** The parts of a received envelope; `malformed` for any other shape, a field that is missing, extra or out of its range, or loose CBOR. */
export function parseManifest(crypto: Pick<CryptoPort, "sha256">, envelope: Uint8Array): Result<ParsedManifest, "malformed"> {
  if (envelope.length > ENVELOPE_BYTES_MAX) return err("malformed");
  const sign1 = parseSign1(envelope);
  if (!sign1.ok || sign1.value.kid !== undefined) return err("malformed");
  const manifest = decodeManifest(sign1.value.payload);
  return manifest === undefined ? err("malformed") : ok({ manifest, sign1: sign1.value, id: crypto.sha256(sign1.value.payload) });
}

/** Whether `releaseKey` signed it. */
export function verifyManifest(crypto: CryptoPort, parsed: ParsedManifest, releaseKey: PublicKey): boolean {
  return verifySign1(crypto, parsed.sign1, releaseKey, EXTERNAL_AAD);
}

function encodeManifest(manifest: UpdateManifest): Uint8Array {
  const { sequenceNumber, model, version, sizeBytes, digest, nextReleaseKey } = manifest;
  return encode(
    new Map<number, CborValue>([
      [FIELDS.manifestVersion, MANIFEST_VERSION],
      [FIELDS.sequenceNumber, sequenceNumber],
      [FIELDS.model, model],
      [FIELDS.version, version],
      [FIELDS.sizeBytes, sizeBytes],
      [FIELDS.digest, digest],
      ...(nextReleaseKey === undefined ? [] : [[FIELDS.nextReleaseKey, nextReleaseKey] as const]),
    ]),
  );
}

function decodeManifest(payload: Uint8Array): UpdateManifest | undefined {
  const item = decode(payload);
  if (!item.ok || !(item.value instanceof Map)) return undefined;
  const fields = item.value as ReadonlyMap<unknown, unknown>;
  const nextReleaseKey = fields.get(FIELDS.nextReleaseKey);
  if (fields.get(FIELDS.manifestVersion) !== MANIFEST_VERSION || fields.size !== (nextReleaseKey === undefined ? 6 : 7)) return undefined;
  const manifest = {
    sequenceNumber: fields.get(FIELDS.sequenceNumber),
    model: fields.get(FIELDS.model),
    version: fields.get(FIELDS.version),
    sizeBytes: fields.get(FIELDS.sizeBytes),
    digest: fields.get(FIELDS.digest),
    nextReleaseKey,
  };
  return isSound(manifest) ? manifest : undefined;
}

function isSound(manifest: { readonly [K in keyof UpdateManifest]: unknown }): manifest is UpdateManifest {
  const { sequenceNumber, model, version, sizeBytes, digest, nextReleaseKey } = manifest;
  if (!isCount(sequenceNumber, SEQUENCE_NUMBER_MAX) || !isCount(sizeBytes, BUNDLE_BYTES_MAX)) return false;
  if (!isName(model) || !isName(version) || !(digest instanceof Uint8Array) || digest.length !== DIGEST_BYTES) return false;
  if (nextReleaseKey === undefined) return true;
  return nextReleaseKey instanceof Uint8Array && nextReleaseKey.length >= COSE_KEY_BYTES_MIN && nextReleaseKey.length <= COSE_KEY_BYTES_MAX;
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max;
}
