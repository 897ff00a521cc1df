import { concat } from "../base/index.ts";
import { decode, encode } from "../cbor/index.ts";

export const HASH_BYTES = 32;

/** Where the chain stands after line `sequence`; 0 and zeros before the first. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** The chain before its first line. */
export const CHAIN_START: ChainHead = { sequence: 0, hash: new Uint8Array(HASH_BYTES) };

export type Sha256 = (data: Uint8Array) => Uint8Array;

/** The head after one more line: h(n) = SHA-256(h(n-1) || SHA-256(entry bytes)). */
export function extend(head: ChainHead, digest: Uint8Array, sha256: Sha256): ChainHead {
  return { sequence: head.sequence + 1, hash: sha256(concat(head.hash, digest)) };
}

/** `[sequence, chain hash]`: the payload that the car signs (docs/protocol.md, "The audit head"). */
export function encodeHead(head: ChainHead): Uint8Array {
  return encode([head.sequence, head.hash]);
}

/** The head of a payload, or undefined where it is none. */
export function decodeHead(payload: Uint8Array): ChainHead | undefined {
  const decoded = decode(payload);
  if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length !== 2) return undefined;
  const [sequence, hash] = decoded.value as readonly unknown[];
  if (typeof sequence !== "number" || sequence < 0 || !(hash instanceof Uint8Array) || hash.length !== HASH_BYTES) return undefined;
  return { sequence, hash };
}
