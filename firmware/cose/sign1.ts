import { err, ok, type Result } from "../base/index.ts";
import { decode, encode } from "../cbor/index.ts";
import type { CryptoPort, SignatureAlgorithm, SigningKey } from "../ports/index.ts";
import { HEADER, SIGNATURE_ALGORITHM_IDS, signatureAlgorithmOf } from "./algorithms.ts";
import type { CoseFault } from "./fault.ts";
import type { PublicKey } from "./key.ts";
import { EMPTY, sigStructure } from "./structures.ts";

/** Length of every signature of this profile. */
const SIGNATURE_BYTES = 64;

/** What goes into a signed object. */
export interface Sign1Content {
  readonly payload: Uint8Array;
  /** Names the signer's key; absent where the reader knows it. */
  readonly kid?: Uint8Array;
  /** Covered by the signature, not sent. */
  readonly externalAad?: Uint8Array;
}

/** A COSE_Sign1 whose shape is right; nothing in it is true before {@link verifySign1} says so. */
export interface ParsedSign1 {
  readonly algorithm: SignatureAlgorithm;
  readonly kid: Uint8Array | undefined;
  /** The protected header as received. */
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** An untagged COSE_Sign1 (RFC 9052 section 4.2): protected alg (and kid), nothing unprotected. */
export function signSign1(crypto: CryptoPort, key: SigningKey, content: Sign1Content): Uint8Array {
  const header = new Map<number, number | Uint8Array>([[HEADER.algorithm, SIGNATURE_ALGORITHM_IDS[key.algorithm]]]);
  if (content.kid !== undefined) header.set(HEADER.kid, content.kid);
  const protectedHeader = encode(header);
  const signature = crypto.sign(key, sigStructure(protectedHeader, content.externalAad ?? EMPTY, content.payload));
  return encode([protectedHeader, new Map(), content.payload, signature]);
}

/** The parts of an untagged COSE_Sign1, so that the signer can be looked up by kid first. Any other header parameter is refused. */
export function parseSign1(bytes: Uint8Array): Result<ParsedSign1, CoseFault> {
  const item = decode(bytes);
  if (!item.ok || !Array.isArray(item.value) || item.value.length !== 4) return err("malformed");
  const [protectedHeader, unprotected, payload, signature] = item.value as readonly unknown[];
  if (!(protectedHeader instanceof Uint8Array) || !(payload instanceof Uint8Array)) return err("malformed");
  if (!(unprotected instanceof Map) || unprotected.size !== 0) return err("malformed");
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) return err("malformed");
  const header = decode(protectedHeader);
  if (!header.ok || !(header.value instanceof Map)) return err("malformed");
  const kid: unknown = header.value.get(HEADER.kid);
  if (kid !== undefined && !(kid instanceof Uint8Array)) return err("malformed");
  if (!header.value.has(HEADER.algorithm) || header.value.size !== (kid === undefined ? 1 : 2)) return err("malformed");
  const algorithm = signatureAlgorithmOf(header.value.get(HEADER.algorithm));
  if (algorithm === undefined) return err("unsupported-algorithm");
  return ok({ algorithm, kid, protectedHeader, payload, signature });
}

/** Whether `key` made this signature over the object and `externalAad`. A key of another algorithm never did. */
export function verifySign1(
  crypto: CryptoPort,
  parsed: ParsedSign1,
  key: PublicKey,
  externalAad: Uint8Array = EMPTY,
): boolean {
  if (parsed.algorithm !== key.algorithm) return false;
  const message = sigStructure(parsed.protectedHeader, externalAad, parsed.payload);
  return crypto.verify(key.algorithm, key.raw, message, parsed.signature);
}
