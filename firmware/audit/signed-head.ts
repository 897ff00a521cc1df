import { utf8Encode } from "../base/index.ts";
import { parseSign1, signSign1, verifySign1, type PublicKey } from "../cose/index.ts";
import type { CryptoPort, SigningKey } from "../ports/index.ts";

const HEAD_AAD = utf8Encode("latchkey-audit-head");

/** The COSE_Sign1 of a head's payload (docs/protocol.md, "The audit head"), by the car's Ed25519 key. */
export function signAuditHead(crypto: CryptoPort, carKey: SigningKey, payload: Uint8Array): Uint8Array {
  return signSign1(crypto, carKey, { payload, externalAad: HEAD_AAD });
}

/** The payload of a head that `carKey` has signed, or undefined for anything else. */
export function openAuditHead(crypto: CryptoPort, carKey: PublicKey, signed: Uint8Array): Uint8Array | undefined {
  const parsed = parseSign1(signed);
  if (!parsed.ok || parsed.value.kid !== undefined || !verifySign1(crypto, parsed.value, carKey, HEAD_AAD)) return undefined;
  return parsed.value.payload;
}
