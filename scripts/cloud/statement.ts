import { equalBytes } from "../../firmware/base/index.ts";
import { decode } from "../../firmware/cbor/index.ts";
import { parsePublicKey, parseSign1, verifySign1 } from "../../firmware/cose/index.ts";
import type { CryptoPort } from "../../firmware/ports/index.ts";

const LABEL = "latchkey-vehicle-registration";
const VEHICLE_ID_BYTES = 32;
export const STATEMENT_BYTES_MAX = 512;

/** What a key of a car says when its owner registers it. */
export interface RegistrationStatement {
  readonly challenge: Uint8Array;
  /** As the signer gives it; the service cannot know whether it is true and acts on nothing because of it. */
  readonly vehicleId: Uint8Array;
  readonly account: string;
}

/** The statement in a COSE_Sign1 over [label, challenge, vehicle id, account, COSE_Key of the signer], or undefined where it is none or its signature is wrong. */
export function readStatement(crypto: CryptoPort, bytes: Uint8Array): RegistrationStatement | undefined {
  if (bytes.length > STATEMENT_BYTES_MAX) return undefined;
  const sign1 = parseSign1(bytes);
  if (!sign1.ok) return undefined;
  const payload = decode(sign1.value.payload);
  if (!payload.ok || !Array.isArray(payload.value) || payload.value.length !== 5) return undefined;
  const [label, challenge, vehicleId, account, coseKey] = payload.value as readonly unknown[];
  if (label !== LABEL || !(challenge instanceof Uint8Array) || !(vehicleId instanceof Uint8Array) || typeof account !== "string" || !(coseKey instanceof Uint8Array)) return undefined;
  if (vehicleId.length !== VEHICLE_ID_BYTES) return undefined;
  const key = parsePublicKey(crypto, coseKey);
  return key.ok && verifySign1(crypto, sign1.value, key.value) ? { challenge, vehicleId, account } : undefined;
}

/** Challenges that wait for their statement: in memory alone, so a restart asks for a new one. */
export class Challenges {
  readonly #open = new Map<string, { readonly challenge: Uint8Array; readonly expiresAtMs: number }[]>();

  add(account: string, challenge: Uint8Array, nowMs: number, bounds: { readonly lifeMs: number; readonly countMax: number }): void {
    for (const [name, entries] of this.#open) if (entries.every(({ expiresAtMs }) => expiresAtMs <= nowMs)) this.#open.delete(name);
    const entries = [...(this.#open.get(account) ?? []), { challenge, expiresAtMs: nowMs + bounds.lifeMs }];
    this.#open.set(account, entries.slice(-bounds.countMax));
  }

  /** Whether the challenge was given to this account and has not been used; it is used now. */
  use(account: string, challenge: Uint8Array, nowMs: number): boolean {
    const entries = this.#open.get(account) ?? [];
    const left = entries.filter((entry) => !equalBytes(entry.challenge, challenge));
    this.#open.set(account, left);
    return entries.some((entry) => equalBytes(entry.challenge, challenge) && nowMs < entry.expiresAtMs);
  }
}
