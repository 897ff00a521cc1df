import { concat } from "../base/index.ts";
import { encode, type CborItem } from "../cbor/index.ts";

/**
 * A credential identifier (RFC 9528 section 3.5.3). `encoded` is the whole map, as MACs and signatures cover it.
 *
 * - `kid`: `{4: kid}`, a reference to a key both sides know.
 * - `kcwt`: `{13: CWT}`, a signed credential by value; `credential` is the untagged CWT.
 * - `kccs`: `{14: CCS}`, an unsigned credential by value; `credential` is the CCS.
 * - `other`: any other map, for example x5t.
 */
export type IdCred =
  | { readonly kind: "kid"; readonly kid: Uint8Array; readonly encoded: Uint8Array }
  | { readonly kind: "kcwt" | "kccs"; readonly credential: Uint8Array; readonly encoded: Uint8Array }
  | { readonly kind: "other"; readonly encoded: Uint8Array };

const LABEL = { kid: 4, kcwt: 13, kccs: 14 } as const;
/** Head of a map of one entry; a label below 24 is the byte after it. */
const MAP_OF_ONE = 0xa1;
const LABELLED_VALUE_OFFSET = 2;

export function idCredOfKid(kid: Uint8Array): IdCred {
  return { kind: "kid", kid, encoded: concat(Uint8Array.of(MAP_OF_ONE, LABEL.kid), encode(kid)) };
}

/** `cwt`: one untagged CWT. */
export function idCredOfCwt(cwt: Uint8Array): IdCred {
  return { kind: "kcwt", credential: cwt, encoded: concat(Uint8Array.of(MAP_OF_ONE, LABEL.kcwt), cwt) };
}

/** `ccs`: one CWT claims set. */
export function idCredOfCcs(ccs: Uint8Array): IdCred {
  return { kind: "kccs", credential: ccs, encoded: concat(Uint8Array.of(MAP_OF_ONE, LABEL.kccs), ccs) };
}

/** `map`: the encoded header map of an identifier that is none of the others, for example x5t. */
export function idCredOfMap(map: Uint8Array): IdCred {
  return { kind: "other", encoded: map };
}

/** How an identifier stands in a plaintext: a lone kid as itself, everything else as its map. */
export function compactIdCred(idCred: IdCred): Uint8Array {
  return idCred.kind === "kid" ? encodeIdentifier(idCred.kid) : idCred.encoded;
}

/**
 * The identifier that `item` of `plaintext` is, or undefined where it is none or not in its one allowed form: a kid that fits an
 * int must be that int, and a map of nothing but a kid must be the kid.
 */
export function readIdCred(plaintext: Uint8Array, item: CborItem): IdCred | undefined {
  const kid = readIdentifier(item);
  if (kid !== undefined) return idCredOfKid(kid);
  if (!(item.value instanceof Map) || item.value.size === 0) return undefined;
  const encoded = plaintext.subarray(item.start, item.end);
  if (item.value.size > 1) return { kind: "other", encoded };
  if (item.value.has(LABEL.kid)) return undefined;
  const credential = encoded.subarray(LABELLED_VALUE_OFFSET);
  if (item.value.has(LABEL.kcwt)) {
    return Array.isArray(item.value.get(LABEL.kcwt)) ? { kind: "kcwt", credential, encoded } : undefined;
  }
  if (item.value.has(LABEL.kccs)) {
    return item.value.get(LABEL.kccs) instanceof Map ? { kind: "kccs", credential, encoded } : undefined;
  }
  return { kind: "other", encoded };
}

/** A byte string identifier (C_I, C_R, a lone kid) in its wire form: one byte that is a CBOR int stands for itself (section 3.3.2). */
export function encodeIdentifier(identifier: Uint8Array): Uint8Array {
  return identifier.length === 1 && isIntByte(identifier[0]!) ? identifier.slice() : encode(identifier);
}

/** The byte string behind an identifier's wire form, or undefined where it is none or a longer form than its one allowed. */
export function readIdentifier(item: CborItem): Uint8Array | undefined {
  const { value } = item;
  if (value instanceof Uint8Array) return value.length === 1 && isIntByte(value[0]!) ? undefined : value;
  if (typeof value !== "number" || item.end - item.start !== 1) return undefined;
  return Uint8Array.of(value >= 0 ? value : 0x20 | (-1 - value));
}

// 0x00-0x17 are the ints 0 to 23, 0x20-0x37 the ints -1 to -24.
function isIntByte(byte: number): boolean {
  return byte <= 0x17 || (byte >= 0x20 && byte <= 0x37);
}
