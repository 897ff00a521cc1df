import { encodeSequence } from "../cbor/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import type { Exporter } from "../session/index.ts";

/** EDHOC_Exporter over a PRK_exporter that was kept (RFC 9528 section 4.2.1): Expand with info = label, context, length. */
export function exporterFrom(crypto: CryptoPort, exporterSecret: Uint8Array): Exporter {
  return (label, context, length) => crypto.hkdfExpand(exporterSecret, encodeSequence(label, context, length), length);
}
