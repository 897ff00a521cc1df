import { assert, equalBytes, err, ok, type Result } from "../base/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import type { ReasonName } from "../wire/index.ts";
import { PAIRING_FAILURE_COUNT_MAX, PAIRING_OPEN_MS, PAIRING_SECRET_BYTES } from "./limits.ts";

/** Why a pairing is open: the car is new (or was reset), or an owner hands it over. */
export type PairingPurpose = "claim" | "transfer" | "reset";

/** What the car's console, or the owner's phone, shows. The secret is never stored and never logged. */
export interface OpenPairing {
  readonly secret: Uint8Array;
  readonly expiresAtMs: number;
}

/**
 * The one-time pairing secret, in memory only: a restart ends it. It dies used, after {@link PAIRING_OPEN_MS}, or with the
 * {@link PAIRING_FAILURE_COUNT_MAX}th wrong proof.
 */
export class Pairing {
  private readonly crypto: CryptoPort;
  private readonly random: RandomPort;
  private opened: { readonly secret: Uint8Array; readonly expiresAtMs: number; readonly openedBy: string | undefined } | undefined;
  private failures = 0;
  private provenBy: string | undefined;

  constructor(crypto: CryptoPort, random: RandomPort) {
    this.crypto = crypto;
    this.random = random;
  }

  /** A new secret; an older one dies. */
  open(openedBy: string | undefined, nowMs: number): OpenPairing {
    const secret = this.random.bytes(PAIRING_SECRET_BYTES);
    this.close();
    this.opened = { secret, expiresAtMs: nowMs + PAIRING_OPEN_MS, openedBy };
    return { secret, expiresAtMs: this.opened.expiresAtMs };
  }

  close(): void {
    this.opened = undefined;
    this.failures = 0;
    this.provenBy = undefined;
  }

  isOpen(nowMs: number): boolean {
    return this.opened !== undefined && nowMs < this.opened.expiresAtMs;
  }

  /** Key id of the owner who opened it for a transfer. */
  get openedBy(): string | undefined {
    return this.opened?.openedBy;
  }

  /** When the secret dies by itself; undefined where none is open. */
  get expiresAtMs(): number | undefined {
    return this.opened?.expiresAtMs;
  }

  /**
   * Whether `proof` is HMAC-SHA256(secret, `exported`), compared in constant time; then `newcomerId` may pair. `wrongProof`
   * counts at once; with the last one the secret is gone (`tooManyAttempts`). `pairingClosed`: nothing is open.
   */
  verify(newcomerId: string, proof: Uint8Array, exported: Uint8Array, nowMs: number): Result<void, ReasonName> {
    if (this.opened === undefined || !this.isOpen(nowMs)) return err("pairingClosed");
    if (equalBytes(proof, this.crypto.hmacSha256(this.opened.secret, exported))) {
      this.provenBy = newcomerId;
      return ok();
    }
    this.failures++;
    if (this.failures < PAIRING_FAILURE_COUNT_MAX) return err("wrongProof");
    this.close();
    return err("tooManyAttempts");
  }

  /** Whether `newcomerId` has shown the secret of the open pairing. */
  isProvenBy(newcomerId: string, nowMs: number): boolean {
    return this.isOpen(nowMs) && this.provenBy === newcomerId;
  }

  /** What the car shows back: HMAC-SHA256(secret, `exported`), with the exporter's other context. */
  mirror(exported: Uint8Array): Uint8Array {
    assert(this.opened !== undefined, "a mirror proof needs the open secret");
    return this.crypto.hmacSha256(this.opened.secret, exported);
  }
}
