import type { Access } from "../access/index.ts";
import { err, ok, toHex, type Result } from "../base/index.ts";
import { keyIdOf, parsePublicKey, type PublicKey } from "../cose/index.ts";
import type { ClockPort, CryptoPort } from "../ports/index.ts";
import type { Candidate, CredentialDirectory } from "../session/index.ts";
import type { ReasonName } from "../wire/index.ts";

/** Parsed keys kept, so that a key that comes often is not checked again each time. */
const PARSED_KEYS_MAX = 64;

/** Answers the session room's question "who may be at the other end?" from the access room. */
export class Directory implements CredentialDirectory {
  private readonly access: Access;
  private readonly crypto: CryptoPort;
  private readonly clock: ClockPort;
  private readonly parsed = new Map<Uint8Array, PublicKey>();

  constructor(access: Access, crypto: CryptoPort, clock: ClockPort) {
    this.access = access;
    this.crypto = crypto;
    this.clock = clock;
  }

  byKeyId(keyId: Uint8Array): readonly Candidate[] {
    const known = this.access.key(toHex(keyId));
    // A card is tapped: whoever speaks with its key over a link is none.
    const key = known?.role === "card" ? undefined : known;
    const publicKey = key && this.parse(key.publicKey);
    return key === undefined || publicKey === undefined ? [] : [{ publicKey, asker: { kind: "key", keyId: key.keyId } }];
  }

  byGrant(cwt: Uint8Array): Result<Candidate, ReasonName> {
    const grant = this.access.admitGrant(cwt);
    if (!grant.ok) return grant;
    const publicKey = this.parse(grant.value.holderKey);
    return publicKey === undefined ? err("unacceptableKey") : ok({ publicKey, asker: { kind: "grant", grant: grant.value } });
  }

  newcomer(coseKey: Uint8Array): Result<Candidate, ReasonName> {
    if (!this.pairingOpen()) return err("pairingClosed");
    const parsed = parsePublicKey(this.crypto, coseKey);
    if (!parsed.ok) return err("unacceptableKey");
    const keyId = toHex(keyIdOf(this.crypto, parsed.value));
    return ok({ publicKey: parsed.value, asker: { kind: "newcomer", keyId, publicKey: coseKey } });
  }

  pairingOpen(): boolean {
    return this.access.isPairingOpen(this.clock.monotonicMs());
  }

  /** Keyed by the very bytes the access room holds: a record that changes is other bytes, so nothing stale is ever found. */
  private parse(coseKey: Uint8Array): PublicKey | undefined {
    const known = this.parsed.get(coseKey);
    if (known !== undefined) return known;
    const parsed = parsePublicKey(this.crypto, coseKey);
    if (!parsed.ok) return undefined;
    if (this.parsed.size >= PARSED_KEYS_MAX) this.parsed.delete(this.parsed.keys().next().value!);
    this.parsed.set(coseKey, parsed.value);
    return parsed.value;
  }
}
