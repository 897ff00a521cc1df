import { err, ok, toBase64Url, type Result } from "../base/index.ts";
import { decode, encode } from "../cbor/index.ts";
import { isName, MESSAGE_BYTES_MAX, ROLES, type Role } from "../wire/index.ts";
import type { KeyFault } from "./faults.ts";
import { byteString, integer, Misshapen, record, text, word, type Shape } from "./shape.ts";
import { bytesOfText } from "./texts.ts";
import { CAR_KEYS } from "./wallet-codec.ts";
import { CWT_BYTES_MAX, type CarKeys } from "./wallet.ts";

/**
 * What phones hand to each other as text. Nothing in it is secret. A grant is good for its holder's key only; the public keys of
 * the car are believed because they come from the person who shares, so the text must come from the right one.
 */
export interface CarBundle {
  readonly label: string;
  readonly carKeys: CarKeys;
  /** What the holder was enrolled as. */
  readonly role: Role;
  /** Epoch in which grants count that the holder will sign, if an owner. */
  readonly issuerEpoch: number;
}

export interface GrantBundle {
  readonly label: string;
  readonly carKeys: CarKeys;
  readonly cwt: Uint8Array;
}

const CAR_PREFIX = "latchkey-car:";
const GRANT_PREFIX = "latchkey-grant:";
const LIST_PREFIX = "latchkey-list:";

const label = text(isName);
const CAR_BUNDLE = record<CarBundle>({ label: [1, label], carKeys: [2, CAR_KEYS], role: [3, word(ROLES)], issuerEpoch: [4, integer(0)] });
const GRANT_BUNDLE = record<GrantBundle>({ label: [1, label], carKeys: [2, CAR_KEYS], cwt: [3, byteString(1, CWT_BYTES_MAX)] });

/** `latchkey-car:BASE64URL`: what a newly enrolled phone must know of the car. */
export function formatCarBundle(bundle: CarBundle): string {
  return CAR_PREFIX + toBase64Url(encode(CAR_BUNDLE.write(bundle)));
}

/** `latchkey-grant:BASE64URL`: a grant and what its holder must know of the car. */
export function formatGrantBundle(bundle: GrantBundle): string {
  return GRANT_PREFIX + toBase64Url(encode(GRANT_BUNDLE.write(bundle)));
}

/** `latchkey-list:BASE64URL`: a revocation list for another phone to carry to the car. */
export function formatList(list: Uint8Array): string {
  return LIST_PREFIX + toBase64Url(list);
}

export function parseCarBundle(text: string): Result<CarBundle, KeyFault> {
  return parse(CAR_PREFIX, CAR_BUNDLE, text);
}

export function parseGrantBundle(text: string): Result<GrantBundle, KeyFault> {
  return parse(GRANT_PREFIX, GRANT_BUNDLE, text);
}

/** The bytes of a list as text; what is in them is still to be read. */
export function parseList(text: string): Result<Uint8Array, KeyFault> {
  const bytes = bytesOfText(LIST_PREFIX, text);
  return bytes === undefined || bytes.length > MESSAGE_BYTES_MAX ? err("malformedText") : ok(bytes);
}

function parse<T>(prefix: string, shape: Shape<T>, text: string): Result<T, KeyFault> {
  const bytes = bytesOfText(prefix, text);
  const item = bytes && decode(bytes);
  if (item === undefined || !item.ok) return err("malformedText");
  try {
    return ok(shape.read(item.value, "bundle"));
  } catch (fault) {
    if (fault instanceof Misshapen) return err("malformedText");
    throw fault;
  }
}
