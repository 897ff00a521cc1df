import type { CryptoPort } from "../ports/index.ts";
import { EXPORTER_LABELS } from "../wire/index.ts";
import type { Exporter } from "./channel.ts";

const PROOF_BYTES = 32;

/** What the newcomer sends: HMAC-SHA256(secret, Exporter(32770, h'00', 32)). Compare with equalBytes. */
export function pairingProof(crypto: CryptoPort, secret: Uint8Array, exporter: Exporter): Uint8Array {
  return crypto.hmacSha256(secret, exporter(EXPORTER_LABELS.pairingProof, Uint8Array.of(0), PROOF_BYTES));
}

/** What the car answers: HMAC-SHA256(secret, Exporter(32770, h'01', 32)). The phone keeps nothing of the car before it has compared this. */
export function mirrorProof(crypto: CryptoPort, secret: Uint8Array, exporter: Exporter): Uint8Array {
  return crypto.hmacSha256(secret, exporter(EXPORTER_LABELS.pairingProof, Uint8Array.of(1), PROOF_BYTES));
}
