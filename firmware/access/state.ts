import { toHex } from "../base/index.ts";
import type { RecordFault } from "../fold/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { TrustedTime } from "../time/index.ts";
import type { Asker, Grant } from "./asker.ts";
import { Attempts } from "./attempts.ts";
import { GrantUses } from "./grant-uses.ts";
import { Issuers } from "./issuers.ts";
import { Keyring } from "./keyring.ts";
import { ADMITTED_GRANT_COUNT_MAX } from "./limits.ts";
import { Ownership } from "./ownership.ts";
import { Pairing } from "./pairing.ts";
import { PendingChanges } from "./pending.ts";
import { PinToDrive } from "./pin.ts";
import { Revocations } from "./revocations.ts";
import { SettingStore, type Settings } from "./settings.ts";

/** What the car is and may do, as far as access needs it. */
export interface AccessOptions {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  /** Thumbprint of the car's Ed25519 key, 32 bytes. */
  readonly vehicleId: Uint8Array;
  /** Monotonic time of the start. */
  readonly nowMs: number;
  /** What the vehicle's description says; missing settings have the defaults of DEFAULT_SETTINGS. */
  readonly settingDefaults?: Partial<Settings>;
  /** For the reproduction of published traces alone: takes keys whose private half anybody can read in an RFC. */
  readonly allowTestKeys?: boolean;
}

/** Names what a change ends: sessions and tickets of these keys, of these grants, and of every grant of these issuers. Lower-case hex. */
export interface Closing {
  /** Everybody: the car has a new owner, or none. */
  readonly everybody: boolean;
  readonly keyIds: readonly string[];
  readonly grantIds: readonly string[];
  readonly issuerIds: readonly string[];
}

export const CLOSES_NOTHING: Closing = { everybody: false, keyIds: [], grantIds: [], issuerIds: [] };

/** Whether `closing` ends the sessions and tickets of `asker`. */
export function endsSessionOf(closing: Closing, asker: Asker): boolean {
  if (closing.everybody) return true;
  if (asker.kind !== "grant") return closing.keyIds.includes(asker.keyId);
  const { holderId, grantId, issuerId } = asker.grant;
  return closing.keyIds.includes(holderId) || closing.grantIds.includes(grantId) || closing.issuerIds.includes(issuerId);
}

/** All that access remembers. Records fold into it by {@link apply} and by nothing else; what lasts for one boot is marked. */
export class AccessState {
  readonly options: AccessOptions;
  readonly keys = new Keyring();
  readonly issuers = new Issuers();
  readonly revocations = new Revocations();
  readonly uses = new GrantUses();
  readonly ownership = new Ownership();
  readonly pending = new PendingChanges();
  readonly settings: SettingStore;
  readonly attempts = new Attempts();
  readonly pin: PinToDrive;
  readonly time: TrustedTime;
  /** One boot: the open pairing, if any. */
  readonly pairing: Pairing;
  /** One boot: verified grants by the SHA-256 of their bytes, lower-case hex. */
  readonly admitted = new Map<string, Grant>();
  /** One boot: until when (monotonic) a timed grant that was in use with trusted time stays good without it. */
  readonly inUse = new Map<string, number>();
  /** Latest monotonic time anybody told. */
  seenMs: number;

  constructor(options: AccessOptions) {
    this.options = options;
    this.seenMs = options.nowMs;
    this.settings = new SettingStore(options.settingDefaults ?? {});
    this.time = new TrustedTime(options.nowMs);
    this.pin = new PinToDrive(this.attempts, options.nowMs);
    this.pairing = new Pairing(options.crypto, options.random);
  }

  seen(nowMs: number): void {
    this.seenMs = Math.max(this.seenMs, nowMs);
  }

  /** Who owns the car cannot be told from the records: it opens for nobody and nobody can claim it. */
  get ownershipLost(): boolean {
    const { epoch, unreadable } = this.ownership;
    const highest = Math.max(this.keys.highestEpoch, this.revocations.highestEpoch, this.settings.highestEpoch, this.pending.highestEpoch, this.pin.highestEpoch);
    return unreadable || highest > epoch;
  }

  apply(change: RecordChange): RecordFault | undefined {
    const { epoch } = this.ownership;
    switch (change.table) {
      case TABLES.keys:
        return this.applyKey(change, epoch);
      case TABLES.issuers:
        return this.issuers.apply(change);
      case TABLES.revocations:
        return this.revocations.apply(change, epoch);
      case TABLES.grantUses:
        return this.uses.apply(change);
      case TABLES.time:
        return this.time.apply(change);
      case TABLES.settings:
        return this.settings.apply(change, epoch);
      case TABLES.ownership:
        return Ownership.isRecord(change) ? this.applyOwnership(change) : this.pending.apply(change, epoch, this.seenMs);
      case TABLES.attempts:
        return this.attempts.apply(change);
      case TABLES.pin:
        return this.pin.apply(change, epoch);
      default:
        return undefined;
    }
  }

  /** Holders of grants of `issuerId` that were seen in this boot. */
  holdersOf(issuerId: string): readonly string[] {
    return [...new Set([...this.admitted.values()].filter((grant) => grant.issuerId === issuerId).map((grant) => grant.holderId))];
  }

  /** Remembers `grant` as verified; the oldest gives way. */
  admit(digest: string, grant: Grant): void {
    if (this.admitted.size >= ADMITTED_GRANT_COUNT_MAX) this.admitted.delete(this.admitted.keys().next().value!);
    this.admitted.set(digest, grant);
  }

  private applyKey(change: RecordChange, ownerEpoch: number): RecordFault | undefined {
    const keyId = toHex(change.key);
    const fault = this.keys.apply(change, ownerEpoch);
    if (this.keys.get(keyId) === undefined && this.pairing.openedBy === keyId) this.pairing.close();
    return fault;
  }

  private applyOwnership(change: RecordChange): RecordFault | undefined {
    const before = this.ownership.epoch;
    const fault = this.ownership.apply(change);
    const { epoch } = this.ownership;
    if (epoch === before) return fault;
    for (const room of [this.keys, this.revocations, this.settings, this.pending, this.pin]) room.startEpoch(epoch);
    this.pairing.close();
    this.inUse.clear();
    return fault;
  }
}
