import { Secret, TOTP } from "otpauth";

/** Codes of one step before and one after now are taken: clocks of phones differ, and people type slowly. */
const WINDOW_STEPS = 1;
const PERIOD_S = 30;

export interface TotpKey {
  /** The shared secret, in hexadecimal. */
  readonly secret: string;
  /** What apps show unless told otherwise: SHA1 and 6 digits (RFC 6238 section 1.2). */
  readonly algorithm?: "SHA1" | "SHA256" | "SHA512";
  readonly digits?: 6 | 8;
}

/**
 * The time step that `code` belongs to (RFC 6238 section 4), or undefined where it is wrong, too old, or of a step that is not after
 * `lastStep`: a code is good once (section 5.2).
 */
export function verifyTotp(key: TotpKey, code: string, nowMs: number, lastStep: number): number | undefined {
  const delta = totpOf(key).validate({ token: code, window: WINDOW_STEPS, timestamp: nowMs });
  if (delta === null) return undefined;
  const step = Math.floor(nowMs / 1000 / PERIOD_S) + delta;
  return step > lastStep ? step : undefined;
}

/** What an authenticator app reads from a QR code. */
export function totpUri(secret: string, account: string): string {
  return totpOf({ secret }, account).toString();
}

function totpOf({ secret, algorithm = "SHA1", digits = 6 }: TotpKey, label = "account"): TOTP {
  return new TOTP({ issuer: "Latchkey", label, algorithm, digits, period: PERIOD_S, secret: Secret.fromHex(secret) });
}
