import { concat, ok, type Result } from "../base/index.ts";
import { byteStringAt, decodeSequence, encode, encodeHead, type CborItem } from "../cbor/index.ts";
import { EAD_ITEMS_MAX, judgeEad } from "./ead.ts";
import { fault, readError, readSuiteList, suiteList, type EdhocFault } from "./fault.ts";
import { compactIdCred, encodeIdentifier, readIdCred, readIdentifier, type IdCred } from "./identifier.ts";

/** message_1 = METHOD, SUITES_I, G_X, C_I, ? EAD_1 (RFC 9528 section 5.2.1). */
export interface Message1 {
  readonly method: number;
  /** In the initiator's order of preference; the last is the selected one. Never empty. */
  readonly suites: readonly number[];
  /** G_X, of whatever length it came. */
  readonly keyShare: Uint8Array;
  readonly connectionId: Uint8Array;
}

export function encodeMessage1(message: Message1, ead: Uint8Array): Uint8Array {
  return concat(
    encode(message.method),
    encode(suiteList(message.suites)),
    encode(message.keyShare),
    encodeIdentifier(message.connectionId),
    ead,
  );
}

/** The parts of message_1 as far as they can be judged without knowing the suite. Faults: `malformed`, `critical-ead`. */
export function parseMessage1(bytes: Uint8Array): Result<Message1, EdhocFault> {
  const items = decodeSequence(bytes, 4 + EAD_ITEMS_MAX);
  if (!items.ok || items.value.length < 4) return fault("malformed");
  const [method, suiteItem, keyShare, connectionItem] = items.value;
  const suites = readSuiteList(suiteItem!.value);
  const connectionId = readIdentifier(connectionItem!);
  if (typeof method!.value !== "number" || suites === undefined) return fault("malformed");
  if (!(keyShare!.value instanceof Uint8Array) || connectionId === undefined) return fault("malformed");
  const ead = judgeEad(items.value.slice(4));
  if (ead !== "ignored") return fault(ead);
  return ok({ method: method!.value, suites, keyShare: keyShare!.value, connectionId });
}

/** What PLAINTEXT_2 and PLAINTEXT_3 have in common: ID_CRED, Signature_or_MAC, ? EAD. */
export interface IdentityPart {
  readonly idCred: IdCred;
  readonly proof: Uint8Array;
  /** The external authorisation data as received, judged and ignored. */
  readonly ead: Uint8Array;
}

/** ID_CRED, Signature_or_MAC, ? EAD as they stand in a plaintext. */
export function encodeIdentityPart(part: IdentityPart): Uint8Array {
  return concat(compactIdCred(part.idCred), encodeHead(2, part.proof.length), part.proof, part.ead);
}

/** PLAINTEXT_2 = C_R, ID_CRED_R, Signature_or_MAC_2, ? EAD_2. `connectionId` is C_R in its wire form. */
export function parsePlaintext2(
  plaintext: Uint8Array,
  proofLength: number,
): Result<IdentityPart & { readonly connectionId: Uint8Array }, EdhocFault> {
  const items = decodeSequence(plaintext, 3 + EAD_ITEMS_MAX);
  if (!items.ok || items.value.length < 3) return fault("malformed");
  const connectionItem = items.value[0]!;
  if (readIdentifier(connectionItem) === undefined) return fault("malformed");
  const part = parseIdentityPart(plaintext, items.value.slice(1), proofLength);
  return part.ok ? ok({ ...part.value, connectionId: plaintext.subarray(0, connectionItem.end) }) : part;
}

/** PLAINTEXT_3 = ID_CRED_I, Signature_or_MAC_3, ? EAD_3. */
export function parsePlaintext3(plaintext: Uint8Array, proofLength: number): Result<IdentityPart, EdhocFault> {
  const items = decodeSequence(plaintext, 2 + EAD_ITEMS_MAX);
  if (!items.ok || items.value.length < 2) return fault("malformed");
  return parseIdentityPart(plaintext, items.value, proofLength);
}

function parseIdentityPart(
  plaintext: Uint8Array,
  items: readonly CborItem[],
  proofLength: number,
): Result<IdentityPart, EdhocFault> {
  const idCred = readIdCred(plaintext, items[0]!);
  const proofItem = items[1]!;
  if (idCred === undefined) return fault("malformed");
  if (!(proofItem.value instanceof Uint8Array) || proofItem.value.length !== proofLength) return fault("malformed");
  const ead = judgeEad(items.slice(2));
  if (ead !== "ignored") return fault(ead);
  return ok({ idCred, proof: proofItem.value, ead: plaintext.subarray(proofItem.end) });
}

/** PLAINTEXT_4 = ? EAD_4. */
export function parsePlaintext4(plaintext: Uint8Array): Result<void, EdhocFault> {
  const items = decodeSequence(plaintext, EAD_ITEMS_MAX);
  if (!items.ok) return fault("malformed");
  const ead = judgeEad(items.value);
  return ead === "ignored" ? ok() : fault(ead);
}

/** message_2, _3 and _4 as sent: `parts` as one byte string item. */
export function encodeWrapped(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  return concat(encodeHead(2, length), ...parts);
}

/** The content of message_2, _3 or _4, not copied. A message that is an EDHOC error instead is the fault `peer-error`. */
export function unwrap(message: Uint8Array): Result<Uint8Array, EdhocFault> {
  const content = byteStringAt(message, 0);
  if (!content.ok) return content.error === "wrong-type" ? readError(message) : fault("malformed");
  if (content.value.end !== message.length) return fault("malformed");
  return ok(message.subarray(content.value.start));
}
