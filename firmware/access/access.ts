import { err, ok, type Result } from "../base/index.ts";
import type { CborMap } from "../cbor/index.ts";
import type { PublicKey } from "../cose/index.ts";
import type { RecordFault } from "../fold/index.ts";
import type { RecordChange } from "../records/index.ts";
import type { OwnerTime, TimeRefusal, TimeSource, TimeTrust } from "../time/index.ts";
import type { Notice, ReasonName } from "../wire/index.ts";
import { acceptCoseKey } from "./acceptable-key.ts";
import { admitGrant } from "./admit-grant.ts";
import type { Asker, Grant } from "./asker.ts";
import { decide, managing, type AccessRequest, type Decision } from "./decide.ts";
import { planDeliverList, planNewEpoch, type DeliveryPlan } from "./delivery.ts";
import { planApprovedKey, planEnrol, type EnrolPlan, type NewKey } from "./enrolment.ts";
import { openPairing, planPair, planReset, verifyPairingProof, type FailedAttempt, type PairingAttempt, type PairingRequest, type PairPlan, type PairWish } from "./handover.ts";
import type { EnrolledKey } from "./keyring.ts";
import type { OpenPairing } from "./pairing.ts";
import { isGoodPin, type PinHashing, type PinToDrive } from "./pin.ts";
import { planCancelPending, planRevoke, type RemovalPlan } from "./removal.ts";
import { planSettings, putSetting, type SettingFault, type Settings } from "./settings.ts";
import { AccessState, type AccessOptions, type Closing } from "./state.ts";
import { nextTickMs, notices, planTick, type TickPlan } from "./upkeep.ts";

/** Whether the car has an owner; `lost`: the records do not tell, and it opens for nobody. */
export type OwnershipState = "unclaimed" | "claimed" | "lost";

/** Why settings were not changed; `fault` names the setting where it is one that is at fault. */
export interface SettingsRefusal {
  readonly reason: ReasonName;
  readonly fault?: SettingFault;
}

/**
 * Who may do what, now. The memory behind it is a fold of records: {@link apply} every record at load and every change after its
 * commit. `plan…` methods change nothing; what they return takes effect once it is committed and applied. Key, grant and issuer
 * ids are lower-case hex of 8 bytes; `nowMs` is monotonic time.
 */
export class Access {
  private readonly state: AccessState;

  constructor(options: AccessOptions) {
    this.state = new AccessState(options);
  }

  /** Folds one change; those of other tables are ignored. A record that cannot be read is named, and never allows anything. */
  apply(change: RecordChange): RecordFault | undefined {
    return this.state.apply(change);
  }

  /** The one decision, see {@link decide}. */
  decide(request: AccessRequest): Decision {
    return decide(this.state, request);
  }

  /** The grant in a guest's CWT, see {@link admitGrant}. */
  admitGrant(cwt: Uint8Array): Result<Grant, ReasonName> {
    return admitGrant(this.state, cwt);
  }

  /** The latch (or the immobiliser) has done what a use of `grant` began: that use is not repeated any more. */
  useFinished(grant: Grant): void {
    this.state.uses.end(grant);
  }

  get ownership(): OwnershipState {
    if (this.state.ownershipLost) return "lost";
    return this.state.ownership.claimed ? "claimed" : "unclaimed";
  }

  /** Grows with each new owner and each reset. */
  get ownerEpoch(): number {
    return this.state.ownership.epoch;
  }

  get settings(): Settings {
    return this.state.settings.values;
  }

  /** The key of an encoded COSE_Key where it may be anybody's at this car: no published one, not the car's own. */
  acceptKey(coseKey: Uint8Array): Result<PublicKey, ReasonName> {
    const accepted = acceptCoseKey(this.state.options, coseKey);
    return accepted.ok ? ok(accepted.value.publicKey) : accepted;
  }

  key(keyId: string): EnrolledKey | undefined {
    return this.state.keys.get(keyId);
  }

  get keyCount(): number {
    return this.state.keys.count;
  }

  get ownerCount(): number {
    return this.state.keys.owners.size;
  }

  /** Up to `countMax` keys in the order of their enrolment, from the one after `after`; `more` where others follow. */
  listKeys(countMax: number, after?: string): { readonly keys: readonly EnrolledKey[]; readonly more: boolean } {
    const keys: EnrolledKey[] = [];
    let reached = after === undefined || this.state.keys.get(after) === undefined;
    for (const key of this.state.keys.all()) {
      if (reached && keys.length === countMax) return { keys, more: true };
      if (reached) keys.push(key);
      else reached = key.keyId === after;
    }
    return { keys, more: false };
  }

  /** What `issuerId`'s next grant and list must carry: its epoch, and a version above this one. */
  issuer(issuerId: string): { readonly epoch: number; readonly listVersion: number } {
    return this.state.issuers.get(issuerId);
  }

  planEnrol(asker: Asker, wanted: NewKey, nowMs: number): Result<EnrolPlan, ReasonName> {
    return planEnrol(this.state, asker, wanted, nowMs);
  }

  /** The key that a card has approved at its reader. */
  planApprovedKey(card: Asker, wanted: NewKey, nowMs: number): Result<EnrolPlan, ReasonName> {
    return planApprovedKey(this.state, card, wanted, nowMs);
  }

  planRevoke(asker: Asker, keyId: string, nowMs: number): Result<RemovalPlan, ReasonName> {
    return planRevoke(this.state, asker, keyId, nowMs);
  }

  planCancelPending(asker: Asker, pendingId: number): Result<readonly RecordChange[], ReasonName> {
    return planCancelPending(this.state, asker, pendingId);
  }

  planDeliverList(list: Uint8Array): Result<DeliveryPlan, ReasonName> {
    return planDeliverList(this.state, list);
  }

  planNewEpoch(asker: Asker): Result<{ readonly changes: readonly RecordChange[]; readonly issuerEpoch: number; readonly closing: Closing }, ReasonName> {
    return planNewEpoch(this.state, asker);
  }

  planReset(asker: Asker, resetInputActive: boolean, nowMs: number): Result<RemovalPlan, ReasonName> {
    return planReset(this.state, asker, resetInputActive, nowMs);
  }

  openPairing(request: PairingRequest): Result<OpenPairing, ReasonName> {
    return openPairing(this.state, request);
  }

  /** Ends an open pairing; its secret is worth nothing from now on. */
  closePairing(): void {
    this.state.pairing.close();
  }

  isPairingOpen(nowMs: number): boolean {
    return this.state.pairing.isOpen(nowMs);
  }

  verifyPairingProof(attempt: PairingAttempt): Result<void, FailedAttempt> {
    return verifyPairingProof(this.state, attempt);
  }

  planPair(newcomer: Extract<Asker, { kind: "newcomer" }>, wish: PairWish): Result<PairPlan, ReasonName> {
    return planPair(this.state, newcomer, wish);
  }

  /** Switches valet mode. `nothingToDo` where it is so already. */
  planValetMode(asker: Asker, on: boolean): Result<readonly RecordChange[], ReasonName> {
    const by = managing(this.state, asker, "valetMode");
    if (!by.ok) return by;
    if (this.state.settings.values.valetMode === on) return err("nothingToDo");
    return ok([putSetting("valetMode", on, this.state.ownership.epoch)]);
  }

  /** All of `wanted` or nothing: `malformed` with the setting that is unknown or out of its range. */
  planChangeSettings(asker: Asker, wanted: CborMap): Result<readonly RecordChange[], SettingsRefusal> {
    const by = managing(this.state, asker, "changeSettings");
    if (!by.ok) return err({ reason: by.error });
    const planned = planSettings(wanted, this.state.ownership.epoch);
    return planned.ok ? planned : err({ reason: "malformed", fault: planned.error });
  }

  /** PIN to drive. */
  get pin(): PinToDrive {
    return this.state.pin;
  }

  /** How the new PIN of a `setPin` is to be hashed; undefined where there is to be none. */
  planNewPin(asker: Asker, pin: string): Result<PinHashing | undefined, ReasonName> {
    const by = managing(this.state, asker, "setPin");
    if (!by.ok) return by;
    if (pin === "") return ok(undefined);
    return isGoodPin(pin) ? ok(this.state.pin.newHashing(this.state.options.random)) : err("weakPin");
  }

  /** The records of the new PIN whose slow hash is `hash`, or of there being none; the asker is asked for again, for time has passed. */
  planSetPin(asker: Asker, hashed: { readonly hash: Uint8Array; readonly hashing: PinHashing } | undefined): Result<readonly RecordChange[], ReasonName> {
    const by = managing(this.state, asker, "setPin");
    if (!by.ok) return by;
    if (hashed === undefined) return this.state.pin.planClear();
    return ok(this.state.pin.planSet(this.state.options, hashed.hash, hashed.hashing, this.state.ownership.epoch));
  }

  /** Whether `hash` is that of the PIN to drive. */
  pinMatches(hash: Uint8Array): boolean {
    return this.state.pin.matches(this.state.options.crypto, hash);
  }

  /** The record of the PIN having been right. */
  planPinGood(): RecordChange {
    return this.state.attempts.planPinGood();
  }

  /** An owner's time; hand `time` to {@link adoptTime} after the commit. */
  planSetTime(asker: Asker, wanted: { readonly unixS: number; readonly newTimeEpoch: boolean }, nowMs: number): Result<{ readonly changes: readonly RecordChange[]; readonly time: OwnerTime }, ReasonName> {
    const by = managing(this.state, asker, "setTime");
    return by.ok ? this.state.time.planOwnerTime(wanted.unixS, wanted.newTimeEpoch, nowMs) : by;
  }

  adoptTime(time: OwnerTime): void {
    this.state.time.adopt(time);
  }

  /** What a clock of the board says; the refusal is for the log. */
  reportTime(source: TimeSource, unixS: number, nowMs: number): Result<TimeTrust, TimeRefusal> {
    return this.state.time.report(source, unixS, nowMs);
  }

  /** Trusted Unix seconds, or undefined. */
  nowS(nowMs: number): number | undefined {
    return this.state.time.nowS(nowMs);
  }

  get time(): { readonly trust: TimeTrust; readonly epoch: number; readonly floorS: number } {
    const { trust, epoch, floorS } = this.state.time;
    return { trust, epoch, floorS };
  }

  /** Failed pairing proofs in the life of the car. */
  get pairingFailures(): number {
    return this.state.attempts.pairingFailures;
  }

  notices(nowMs: number): readonly Notice[] {
    return notices(this.state, nowMs);
  }

  /** What is due; to be called at {@link nextTickMs} or later. */
  planTick(nowMs: number): TickPlan {
    return planTick(this.state, nowMs);
  }

  nextTickMs(nowMs: number): number | undefined {
    return nextTickMs(this.state, nowMs);
  }
}
