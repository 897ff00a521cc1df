import { equalBytes } from "../base/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { IDENTITY_NONCE_BYTES, rotatingIdentity } from "./identity.ts";

interface Parts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly resolvingKey: () => Uint8Array;
  readonly periodMs: number;
}

/** The identity on the air: a fresh random nonce each period and whenever the resolving key has changed. */
export class Beacon {
  private readonly parts: Parts;
  private current: { identity: Uint8Array; key: Uint8Array; untilMs: number } | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** When the identity changes next; undefined before it was first asked for. */
  get deadlineMs(): number | undefined {
    return this.current?.untilMs;
  }

  /** 8 bytes to advertise, and to answer as kid. */
  identity(nowMs: number): Uint8Array {
    const key = this.parts.resolvingKey();
    if (this.current === undefined || nowMs >= this.current.untilMs || !equalBytes(key, this.current.key)) {
      const identity = rotatingIdentity(this.parts.crypto, key, this.parts.random.bytes(IDENTITY_NONCE_BYTES));
      this.current = { identity, key: key.slice(), untilMs: nowMs + this.parts.periodMs };
    }
    return this.current.identity;
  }
}
