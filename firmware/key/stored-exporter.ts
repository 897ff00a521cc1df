import { encodeSequence } from "../cbor/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import type { Exporter } from "../session/index.ts";

/** A finished handshake that gives its PRK_exporter away, 32 bytes, to who must go on after a restart. */
interface Continuable {
  readonly exporterSecret?: () => Uint8Array;
}

/**
 * What {@link exporterFrom} restores the exporter of a finished handshake from. Secret. Undefined where the handshake keeps it to
 * itself: then no ticket can be stored, and the next connection is a full handshake.
 */
export function exporterSecretOf(established: object): Uint8Array | undefined {
  return (established as Continuable).exporterSecret?.();
}

/** EDHOC_Exporter over a stored PRK_exporter (RFC 9528 section 4.2.1): Expand with info = label, context, length. */
export function exporterFrom(crypto: CryptoPort, exporterSecret: Uint8Array): Exporter {
  return (label, context, length) => crypto.hkdfExpand(exporterSecret, encodeSequence(label, context, length), length);
}
