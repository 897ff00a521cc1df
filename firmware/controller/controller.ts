import type { Asker } from "../access/index.ts";
import { Budget, earliest, unreachable } from "../base/index.ts";
import type { LatchId, LockStep } from "../lock/index.ts";
import type { RecordChange } from "../records/index.ts";
import { Sessions } from "../session/index.ts";
import { ClockDesk } from "./clock-desk.ts";
import { ComfortReports } from "./comfort.ts";
import type { ControllerEvent, Effect, LinkId } from "./events.ts";
import { Directory } from "./directory.ts";
import { LatchWatch, type Settled } from "./latch-watch.ts";
import { Ledger, type AuditDraft } from "./ledger.ts";
import { NativeDesk } from "./native-desk.ts";
import type { ControllerParts } from "./parts.ts";
import { PassiveEntry } from "./passive-entry.ts";
import { LastPosition } from "./position.ts";
import { Presence } from "./presence.ts";
import { KEYPAD_DIGITS_MAX } from "./pin-desk.ts";
import type { Pumped } from "./pump.ts";
import { RequestDesk } from "./request-desk.ts";
import { TeslaDesk } from "./tesla-desk.ts";
import { Turn } from "./turn.ts";
import { UpdateDesk } from "./update-desk.ts";
import { VehicleLock } from "./vehicle-lock.ts";

/** Refused requests of proven keys that are written down at once, and then one each so often: a key that asks for ever must neither wear the flash out nor roll the log over. */
const REFUSED_LINE_BURST = 20;
const REFUSED_LINE_INTERVAL_MS = 10_000;

/**
 * The vehicle access controller: one event in, effects out, in order, at once. It calls nothing but its ports, and nothing
 * in it waits. What must survive is committed before the effects that depend on it (see {@link EffectPump}).
 */
export class Controller implements Pumped {
  readonly parts: ControllerParts;
  readonly lock: VehicleLock;
  readonly sessions: Sessions;
  readonly native: NativeDesk;
  readonly updateDesk: UpdateDesk;
  readonly passive: PassiveEntry;
  /** Undefined: this car speaks the native dialect alone. */
  readonly tesla: TeslaDesk | undefined;
  readonly position = new LastPosition();
  readonly comfort = new ComfortReports();
  private readonly desk: RequestDesk;
  private readonly clocks: ClockDesk;
  private readonly ledger: Ledger;
  private readonly presence = new Presence();
  private readonly watch = new LatchWatch();
  private readonly refusals = new Budget(REFUSED_LINE_BURST, REFUSED_LINE_INTERVAL_MS);
  /** What was said last; `connectable` is that of the Tesla dialect. */
  private advertised: { readonly identity: Uint8Array; readonly connectable: boolean | undefined } | undefined;
  private accessDueMs: number | undefined;
  /** What the board was asked for last: before it nothing is due. */
  private wakeAtMs: number | undefined;
  private resetInputActive = false;

  constructor(parts: ControllerParts) {
    this.parts = parts;
    this.ledger = new Ledger(parts);
    this.lock = new VehicleLock(parts, { log: this.ledger, settled: (turn, latch, as) => this.latchSettled(turn, latch, as) });
    this.sessions = new Sessions({
      crypto: parts.crypto,
      random: parts.random,
      identity: parts.identity,
      directory: new Directory(parts.access, parts.crypto, parts.clock),
      resolvingKey: () => this.ledger.resolvingKey,
    });
    this.updateDesk = new UpdateDesk(this);
    this.passive = new PassiveEntry(this);
    this.clocks = new ClockDesk(this);
    this.desk = new RequestDesk(this);
    this.native = new NativeDesk(this, this.desk);
    this.tesla = parts.tesla && new TeslaDesk(this, this.desk, parts.tesla);
  }

  /** What to do about `event`. Deadlines that have passed are served first. */
  handle(event: ControllerEvent): readonly Effect[] {
    const turn = new Turn(this.parts.clock.monotonicMs());
    if (event.kind === "insideHandlePulled") this.lock.step(turn, event);
    else {
      this.ledger.storeDeferred(turn);
      if (this.wakeAtMs !== undefined && this.wakeAtMs <= turn.nowMs) this.serveDeadlines(turn);
      this.take(turn, event);
      this.lock.tellValetMode(turn);
      this.ledger.storeDeferred(turn);
    }
    this.settleTurn(turn);
    return turn.effects;
  }

  /** The effects of having started: advertise, set valet mode as it was, ask to be woken. `lost`: what of the memory is gone, for the log that owners read. */
  start(lost: readonly string[] = []): readonly Effect[] {
    const turn = new Turn(this.parts.clock.monotonicMs());
    turn.commit();
    for (const why of lost) this.recordRefusal(turn, { what: "memoryLost", who: "car", outcome: "failed", why });
    this.lock.tellValetMode(turn);
    this.settleTurn(turn);
    return turn.effects;
  }

  durable(): void {
    this.parts.store.durable();
  }

  /** The vehicle's signals by their VSS paths, as an authenticated key may read them. */
  status(): ReadonlyMap<string, string | number | boolean> {
    return this.lock.status();
  }

  /** Name of a key for the log on the terminal. */
  nameOf(who: string): string {
    return this.parts.access.key(who)?.name ?? who;
  }

  get isResetInputActive(): boolean {
    return this.resetInputActive;
  }

  /** `link` is told once the latches that a planned step leaves on their way `to` have come to rest; gives them. */
  waitFor(link: LinkId, step: LockStep, to: "locking" | "unlocking" | undefined): ReadonlySet<LatchId> {
    const moving = new Set<LatchId>();
    for (const [latch, { kind }] of step.state.latches) if (kind === to) moving.add(latch);
    this.watch.begin(link, moving);
    return moving;
  }

  /**
   * Commits `changes` together with the audit lines that tell of them, and folds both into memory. Effects that the turn gets
   * after this wait until the flash is durable. False: nothing was stored, and the caller must not act on it.
   */
  store(turn: Turn, changes: readonly RecordChange[], lines: readonly AuditDraft[]): boolean {
    if (!this.ledger.commit(turn, changes, lines)) return false;
    for (const line of lines) this.noteLine(turn, line);
    return true;
  }

  /** An audit line of a proven key's refusal; bounded, so that a key cannot wear the flash out by asking. */
  recordRefusal(turn: Turn, line: AuditDraft): void {
    if (this.refusals.take(turn.nowMs)) this.ledger.defer(line);
    this.noteLine(turn, line);
  }

  /** A line of the log for the terminal. */
  noteLine(turn: Turn, { what, who, name, outcome, why }: AuditDraft): void {
    turn.note({ what, who: name ?? this.nameOf(who), outcome, why: why === name ? "" : why });
  }

  /** Ends every session and ticket of these askers; called before a revocation is acknowledged. */
  closeSessions(turn: Turn, matches: (asker: Asker) => boolean): void {
    this.native.closeSessions(turn, matches);
    this.tesla?.closeSessions(turn, matches);
  }

  /** Whether owners ask for less than was measured of the key behind `link`, to drive. */
  isDriveRanged(turn: Turn, link: LinkId): boolean {
    return !this.parts.access.settings.rangedDrive || this.passive.isInside(link, this.presence.zoneOf(link), turn.nowMs);
  }

  /** A local guest was allowed something, or is shut out: from now on the guest's device counts as a key nearby until the grant ends, or no more. */
  tellGuest(turn: Turn, link: LinkId, goodUntilMs: number | undefined): void {
    if (goodUntilMs === undefined) this.presence.left(link);
    else this.presence.arrived(link, goodUntilMs);
    this.tellPresence(turn);
  }

  /** An enrolled key has proved itself over a local link. */
  keyArrived(turn: Turn, link: LinkId): void {
    this.presence.arrived(link);
    this.tellPresence(turn);
  }

  /** The session of a link has ended; its device is where it is. */
  sessionEnded(turn: Turn, link: LinkId): void {
    this.watch.forget(link);
    this.passive.end(link);
    this.presence.left(link);
    this.tellPresence(turn);
  }

  /** The car ends a link by itself. */
  linkEnded(turn: Turn, link: LinkId): void {
    this.linkGone(link);
    this.tellPresence(turn);
  }

  /** A link is forgotten, with who was behind it. */
  linkGone(link: LinkId): void {
    this.watch.forget(link);
    this.passive.end(link);
    this.presence.gone(link);
  }

  /** The lock hears how many keys are around. */
  tellPresence(turn: Turn): void {
    const { inside, near } = this.presence.count();
    this.lock.step(turn, { kind: "keyPresenceChanged", inside, near });
  }

  private take(turn: Turn, event: Exclude<ControllerEvent, { kind: "insideHandlePulled" }>): void {
    switch (event.kind) {
      case "linkOpened":
      case "attPayloadChanged":
      case "frameReceived":
      case "linkClosed":
        if (this.tesla?.owns(event) === true) this.tesla.take(turn, event);
        else this.native.take(turn, event);
        if (event.kind === "linkClosed") this.presence.gone(event.link);
        return;
      case "linkUsed":
        return this.tesla?.used(turn, event.link);
      case "deviceLocated":
        this.presence.located(event.link, event.zone);
        return this.tellPresence(turn);
      case "rangeMeasured":
        return this.passive.measured(turn, event.link, event.measurement, this.presence.zoneOf(event.link));
      case "inputChanged":
        if (event.input === this.parts.description.resetInput) this.resetInputActive = event.active;
        return;
      case "timeReported":
        return this.clocks.reported(turn, event);
      case "positionReported":
        return this.position.report(event, turn.nowMs);
      case "listCarried":
        return this.desk.carriedList(turn, event.list);
      case "cardEntered":
        return this.desk.cards.entered(turn, event.reader, event.place);
      case "cardAnswered":
        return this.desk.cards.answered(turn, event.reader, event.bytes, event.elapsedMs);
      case "cardLeft":
        return this.desk.cards.left(event.reader);
      case "comfortReported":
        this.comfort.state = event.state;
        return this.tesla?.doors.lookAgain();
      case "comfortPinChecked":
        return this.tesla?.infotainment.pins.answered(turn, event.number, event.right);
      case "infotainmentChanged":
        this.comfort.infotainment = event.state;
        return this.tesla?.infotainmentChanged(turn);
      case "keyRequestAnswered":
        return this.tesla?.keys.screenAnswered(turn, event.accept);
      case "keypadEntered":
        if (event.digits.length <= KEYPAD_DIGITS_MAX) this.desk.pin.enter(turn, undefined, event.digits);
        return;
      case "pinHashed":
        return this.desk.pin.hashed(turn, event.number, event.hash);
      case "claimRequested":
        return this.desk.openClaim(turn, event.releaseKey);
      case "claimCancelled":
        return this.desk.cancelClaim(turn);
      case "woke":
        // The board's timer is used up; if it came early, it is set again.
        this.wakeAtMs = undefined;
        return;
      case "releaseStarted":
      case "updateOffered":
      case "updatePieceArrived":
      case "slotWritten":
      case "slotChecked":
      case "slotFailed":
      case "trialArmed":
      case "trialConfirmed":
        return this.updateDesk.take(turn, event);
      case "doorChanged":
      case "latchReported":
      case "inputPulsed":
      case "occupancyChanged":
      case "powertrainChanged":
      case "supplyMeasured":
        return this.lock.step(turn, event);
      default:
        return unreachable(event);
    }
  }

  private latchSettled(turn: Turn, latch: LatchId, as: Settled): void {
    this.desk.latchSettled(latch, as);
    for (const { link, latches } of this.watch.settle(latch, as)) this.native.tellLatches(turn, link, latches);
  }

  private serveDeadlines(turn: Turn): void {
    this.lock.serve(turn);
    this.native.serve(turn);
    if (this.accessDueMs !== undefined && this.accessDueMs <= turn.nowMs) {
      this.accessDueMs = undefined;
      this.desk.serveDeadlines(turn);
    }
    this.desk.pin.serve(turn);
    this.desk.cards.serve(turn);
    this.tesla?.serve(turn);
    if (this.presence.expire(turn.nowMs)) this.tellPresence(turn);
    this.updateDesk.serve(turn);
    this.ledger.serve(turn);
  }

  /** Last of every turn: what listeners hear, and when to come back. */
  private settleTurn(turn: Turn): void {
    this.updateDesk.settle(turn);
    this.tesla?.settle(turn);
    this.advertise(turn);
    // Kept until it is served: what the access room wants "in a second" must not move away with each event.
    const tickMs = this.parts.access.nextTickMs(turn.nowMs);
    this.accessDueMs = tickMs === undefined ? undefined : Math.min(this.accessDueMs ?? Infinity, this.ledger.notBefore(tickMs));
    const wakeAtMs = earliest(
      this.lock.dueMs,
      this.native.dueMs,
      this.accessDueMs,
      this.presence.nextEndMs,
      this.desk.pin.dueMs,
      this.desk.cards.dueMs,
      this.tesla?.dueMs,
      this.updateDesk.nextDueMs,
      this.ledger.nextDueMs(turn.nowMs),
    );
    if (wakeAtMs === this.wakeAtMs) return;
    this.wakeAtMs = wakeAtMs;
    turn.do({ kind: "wakeAt", atMs: wakeAtMs });
  }

  private advertise(turn: Turn): void {
    const { identity } = this.sessions.advertisement(turn.nowMs);
    const tesla = this.tesla?.advertisement;
    if (identity === this.advertised?.identity && tesla?.connectable === this.advertised.connectable) return;
    this.advertised = { identity, connectable: tesla?.connectable };
    turn.do({ kind: "advertise", identity, connectable: true, ...(tesla && { tesla }) });
  }
}
