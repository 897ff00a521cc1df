import { err, fromBase64Url, ok, toBase64Url, type Result } from "../base/index.ts";
import { parsePublicKey } from "../cose/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { isName } from "../wire/index.ts";
import type { KeyFault } from "./faults.ts";
import { percentDecode, percentEncode, TEXT_LENGTH_MAX } from "./texts.ts";
import type { Wallet } from "./wallet.ts";

/** What one phone tells another to be enrolled, or to be given a grant. Public, but it must come from the right person. */
export interface KeyInvitation {
  /** COSE_Key as encoded. */
  readonly publicKey: Uint8Array;
  readonly name: string;
}

const INVITATION = /^latchkey-key:([A-Za-z0-9_-]+)\?n=([A-Za-z0-9._~%-]+)$/;

/** `latchkey-key:BASE64URL(COSE_Key)?n=NAME`, the name percent-encoded. */
export function formatKeyInvitation(wallet: Wallet): string {
  return `latchkey-key:${toBase64Url(wallet.key.publicKey)}?n=${percentEncode(wallet.name)}`;
}

/** The invitation in `text`; white space around it is ignored, anything else but the one form is refused. */
export function parseKeyInvitation(crypto: CryptoPort, text: string): Result<KeyInvitation, KeyFault> {
  if (text.length > TEXT_LENGTH_MAX) return err("malformedText");
  const match = INVITATION.exec(text.trim());
  const publicKey = fromBase64Url(match?.[1] ?? "");
  const name = percentDecode(match?.[2] ?? "");
  if (match === null || publicKey === undefined || name === undefined) return err("malformedText");
  if (!isName(name)) return err("unacceptableName");
  const key = parsePublicKey(crypto, publicKey);
  if (!key.ok) return err(key.error === "unacceptable-key" ? "unacceptableKey" : "malformedText");
  return ok({ publicKey: key.value.coseKey, name });
}
