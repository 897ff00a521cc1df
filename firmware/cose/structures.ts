import { concat } from "../base/index.ts";
import { encodeHead } from "../cbor/index.ts";

// Array of four and of three, each with its context string (RFC 9052 sections 4.4 and 5.3).
const SIGNATURE1_HEAD = Uint8Array.of(0x84, 0x6a, 0x53, 0x69, 0x67, 0x6e, 0x61, 0x74, 0x75, 0x72, 0x65, 0x31);
const ENCRYPT0_HEAD = Uint8Array.of(0x83, 0x68, 0x45, 0x6e, 0x63, 0x72, 0x79, 0x70, 0x74, 0x30);

const BYTE_STRING = 2;

/** No bytes: an empty protected header, an absent external_aad. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** What a COSE_Sign1 signature covers (RFC 9052 section 4.4). Arguments are the contents of the byte strings. */
export function sigStructure(protectedHeader: Uint8Array, externalAad: Uint8Array, payload: Uint8Array): Uint8Array {
  return concat(
    SIGNATURE1_HEAD,
    encodeHead(BYTE_STRING, protectedHeader.length),
    protectedHeader,
    encodeHead(BYTE_STRING, externalAad.length),
    externalAad,
    encodeHead(BYTE_STRING, payload.length),
    payload,
  );
}

/** The additional data of a COSE_Encrypt0 (RFC 9052 section 5.3). Arguments are the contents of the byte strings. */
export function encStructure(protectedHeader: Uint8Array, externalAad: Uint8Array): Uint8Array {
  return concat(
    ENCRYPT0_HEAD,
    encodeHead(BYTE_STRING, protectedHeader.length),
    protectedHeader,
    encodeHead(BYTE_STRING, externalAad.length),
    externalAad,
  );
}
