import { err, type Result } from "../base/index.ts";
import { decodeSequence, encodeSequence, type CborValue } from "../cbor/index.ts";

/**
 * Why a handshake ended. Where there is an `errorMessage` it is the one EDHOC error that may be sent (RFC 9528 section 6); a
 * profile may answer with less.
 *
 * - `malformed`: not the message that is due, in its one allowed encoding.
 * - `unsupported-method`, `unsupported-suite`: not among those offered here.
 * - `bad-key-share`: G_X or G_Y is no point, or gives the all-zero secret.
 * - `critical-ead`: external authorisation data that must not be ignored and is not known.
 * - `forged`: the AEAD of message_3 or message_4 does not open.
 * - `peer-refused`: the caller's look-up refused the identifier, and said why.
 * - `unknown-peer`: the look-up knows no credential for the identifier.
 * - `too-many-candidates`: more credentials for one identifier than {@link CANDIDATES_MAX}.
 * - `unproven`: no candidate's key made the signature or MAC.
 * - `reflection`: the peer proved our own credential.
 * - `peer-error`: the peer sent an EDHOC error; nothing is to be sent back.
 * - `out-of-turn`: a message or call that this state does not take; nothing is to be sent.
 */
export type EdhocFault<Refusal = never> =
  | { readonly kind: EdhocFaultKind; readonly errorMessage: Uint8Array }
  | { readonly kind: "peer-refused"; readonly reason: Refusal; readonly errorMessage: Uint8Array }
  | { readonly kind: "peer-error"; readonly error: EdhocError; readonly errorMessage?: undefined }
  | { readonly kind: "out-of-turn"; readonly errorMessage?: undefined };

export type EdhocFaultKind =
  | "malformed"
  | "unsupported-method"
  | "unsupported-suite"
  | "bad-key-share"
  | "critical-ead"
  | "forged"
  | "unknown-peer"
  | "too-many-candidates"
  | "unproven"
  | "reflection";

/** How many credentials are tried for one identifier: each costs a signature check. */
export const CANDIDATES_MAX = 16;

/** An EDHOC error as received. It is not authenticated: it may end a handshake, never change the next one. */
export type EdhocError =
  | { readonly code: typeof ERROR_CODE.unspecified }
  | { readonly code: typeof ERROR_CODE.wrongSuite; readonly suites: readonly number[] }
  | { readonly code: typeof ERROR_CODE.unknownCredential };

/** ERR_CODE (RFC 9528 section 6). 0 is success and never on the wire. */
export const ERROR_CODE = { unspecified: 1, wrongSuite: 2, unknownCredential: 3 } as const;

/** The most suites that a list is read with. */
export const SUITES_LISTED_MAX = 16;

const UNSPECIFIED = encodeSequence(ERROR_CODE.unspecified, "refused");
const UNKNOWN_CREDENTIAL = encodeSequence(ERROR_CODE.unknownCredential, true);

/** The fault `kind` with the error that goes with it. */
export function fault(kind: Exclude<EdhocFaultKind, "unsupported-suite">): Result<never, EdhocFault> {
  return err({ kind, errorMessage: kind === "unknown-peer" ? UNKNOWN_CREDENTIAL : UNSPECIFIED });
}

/** The caller's refusal of an identifier: to the peer the same as an identifier nobody knows. */
export function peerRefused<Refusal>(reason: Refusal): Result<never, EdhocFault<Refusal>> {
  return err({ kind: "peer-refused", reason, errorMessage: UNKNOWN_CREDENTIAL });
}

/** The suite negotiation error: error 2 with SUITES_R, the suites supported here in order. */
export function wrongSuite(suites: readonly number[]): Result<never, EdhocFault> {
  const errorMessage = encodeSequence(ERROR_CODE.wrongSuite, suiteList(suites));
  return err({ kind: "unsupported-suite", errorMessage });
}

/** A list of suites in its wire form: one suite as itself, several as an array. */
export function suiteList(suites: readonly number[]): CborValue {
  return suites.length === 1 ? suites[0]! : suites;
}

/** The suites of a wire form, or undefined: an array of fewer than two, or of anything but ints, is none. */
export function readSuiteList(value: CborValue): readonly number[] | undefined {
  if (typeof value === "number") return [value];
  if (!Array.isArray(value) || value.length < 2 || value.length > SUITES_LISTED_MAX) return undefined;
  return value.every((suite) => typeof suite === "number") ? (value as readonly number[]) : undefined;
}

/**
 * What an EDHOC message that begins with an int is: the peer's error, or malformed. The text of an unspecified error comes from
 * a stranger and is dropped.
 */
export function readError(message: Uint8Array): Result<never, EdhocFault> {
  const items = decodeSequence(message, 2);
  if (!items.ok || items.value.length !== 2) return fault("malformed");
  const error = errorOf(items.value[0]!.value, items.value[1]!.value);
  return error === undefined ? fault("malformed") : err({ kind: "peer-error", error });
}

function errorOf(code: CborValue, info: CborValue): EdhocError | undefined {
  if (code === ERROR_CODE.unspecified) return typeof info === "string" ? { code } : undefined;
  if (code === ERROR_CODE.unknownCredential) return info === true ? { code } : undefined;
  if (code !== ERROR_CODE.wrongSuite) return undefined;
  const suites = readSuiteList(info);
  return suites === undefined ? undefined : { code, suites };
}
