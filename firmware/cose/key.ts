import { assert, concat, equalBytes, err, ok, type Result } from "../base/index.ts";
import type { CryptoPort, SignatureAlgorithm } from "../ports/index.ts";
import type { CoseFault } from "./fault.ts";

/** A public signature key in the two forms that are needed: the port's and COSE's. */
export interface PublicKey {
  readonly algorithm: SignatureAlgorithm;
  /** 32 bytes for Ed25519, 64 (x || y) for ES256. */
  readonly raw: Uint8Array;
  /** Deterministic COSE_Key with kty, crv, x (and y) only (RFC 9052 section 7, RFC 9053 section 7): 40 or 75 bytes. */
  readonly coseKey: Uint8Array;
}

/** Bytes of a key id: the first bytes of the thumbprint. */
const KEY_ID_BYTES = 8;

const COORDINATE_BYTES = 32;

// {1: 1 (OKP), -1: 6 (Ed25519), -2: bstr 32
const OKP_HEAD = Uint8Array.of(0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20);
// {1: 2 (EC2), -1: 1 (P-256), -2: bstr 32
const EC2_HEAD = Uint8Array.of(0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20);
// -3: bstr 32
const Y_HEAD = Uint8Array.of(0x22, 0x58, 0x20);
// {8 (cnf): {1: COSE_Key
const CREDENTIAL_HEAD = Uint8Array.of(0xa1, 0x08, 0xa1, 0x01);

/** The key whose port form is `raw`. Says nothing about whether it is acceptable: meant for keys this device made or stored. */
export function publicKeyOf(algorithm: SignatureAlgorithm, raw: Uint8Array): PublicKey {
  if (algorithm === "Ed25519") {
    assert(raw.length === COORDINATE_BYTES, "a raw Ed25519 public key has 32 bytes");
    return { algorithm, raw, coseKey: concat(OKP_HEAD, raw) };
  }
  assert(raw.length === 2 * COORDINATE_BYTES, "a raw P-256 public key has 64 bytes");
  const coseKey = concat(EC2_HEAD, raw.subarray(0, COORDINATE_BYTES), Y_HEAD, raw.subarray(COORDINATE_BYTES));
  return { algorithm, raw, coseKey };
}

/**
 * The key of a received COSE_Key. Exactly the required members in deterministic encoding, else `malformed`: no kid, no alg, no
 * private part, no other curve. `unacceptable-key` where the port would not verify with it. `coseKey` is a copy.
 */
export function parsePublicKey(crypto: CryptoPort, coseKey: Uint8Array): Result<PublicKey, CoseFault> {
  const key = readOkp(coseKey) ?? readEc2(coseKey);
  if (key === undefined) return err("malformed");
  return crypto.isAcceptablePublicKey(key.algorithm, key.raw) ? ok(key) : err("unacceptable-key");
}

function readOkp(bytes: Uint8Array): PublicKey | undefined {
  if (bytes.length !== OKP_HEAD.length + COORDINATE_BYTES || !startsWith(bytes, OKP_HEAD)) return undefined;
  const coseKey = bytes.slice();
  return { algorithm: "Ed25519", raw: coseKey.subarray(OKP_HEAD.length), coseKey };
}

function readEc2(bytes: Uint8Array): PublicKey | undefined {
  const yHead = EC2_HEAD.length + COORDINATE_BYTES;
  const y = yHead + Y_HEAD.length;
  if (bytes.length !== y + COORDINATE_BYTES || !startsWith(bytes, EC2_HEAD)) return undefined;
  if (!equalBytes(bytes.subarray(yHead, y), Y_HEAD)) return undefined;
  const coseKey = bytes.slice();
  return { algorithm: "ES256", raw: concat(coseKey.subarray(EC2_HEAD.length, yHead), coseKey.subarray(y)), coseKey };
}

/** COSE Key thumbprint (RFC 9679, SHA-256): 32 bytes. Of the car's Ed25519 key it is the vehicle id. */
export function thumbprint(crypto: CryptoPort, key: PublicKey): Uint8Array {
  return crypto.sha256(key.coseKey);
}

/** The first 8 bytes of the thumbprint: how a key is named in kids, lists and logs. */
export function keyIdOf(crypto: CryptoPort, key: PublicKey): Uint8Array {
  return thumbprint(crypto, key).slice(0, KEY_ID_BYTES);
}

/** The EDHOC credential of a bare key: the CCS `{8: {1: COSE_Key}}` (RFC 9528 section 3.5.2). */
export function credentialOf(coseKey: Uint8Array): Uint8Array {
  return concat(CREDENTIAL_HEAD, coseKey);
}

/** The key of a received CCS that holds nothing but the key. Errors as {@link parsePublicKey}. */
export function parseCredential(crypto: CryptoPort, credential: Uint8Array): Result<PublicKey, CoseFault> {
  if (!startsWith(credential, CREDENTIAL_HEAD)) return err("malformed");
  return parsePublicKey(crypto, credential.subarray(CREDENTIAL_HEAD.length));
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, head.length), head);
}
