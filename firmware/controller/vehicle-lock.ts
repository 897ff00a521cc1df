import type { Access, Settings } from "../access/index.ts";
import { unreachable } from "../base/index.ts";
import { initialLock, lockStatus, nextLockDeadlineMs, stepLock, type LatchId, type LockEffect, type LockEvent, type LockState, type LockStep, type VehicleDescription } from "../lock/index.ts";
import type { Settled } from "./latch-watch.ts";
import type { Ledger } from "./ledger.ts";
import type { ControllerParts } from "./parts.ts";
import type { Turn } from "./turn.ts";

/** Who hears of what the lock has done. */
export interface LockHearers {
  readonly log: Pick<Ledger, "defer">;
  /** A latch has come to rest. */
  readonly settled: (turn: Turn, latch: LatchId, as: Settled) => void;
}

/** The lock as it stands: what it would do, what it does, and what the others ask of doors, people and drive. */
export class VehicleLock {
  private readonly access: Access;
  private readonly built: VehicleDescription;
  private readonly hearers: LockHearers;
  private described: { readonly settings: Settings; readonly description: VehicleDescription } | undefined;
  private state: LockState;
  private shown: Pick<LockState, "latches"> & Pick<LockState["facts"], "open" | "occupied"> | undefined;

  constructor({ access, description }: Pick<ControllerParts, "access" | "description">, hearers: LockHearers) {
    this.access = access;
    this.built = description;
    this.hearers = hearers;
    this.state = initialLock(description);
  }

  /** What it would do at `nowMs`; nothing has changed yet. */
  plan(event: LockEvent, nowMs: number): LockStep {
    return stepLock(this.description(), this.state, event, nowMs);
  }

  /** A planned step happens. What it has to say goes into the log with the next commit; who asked for it is on flash already. */
  adopt(turn: Turn, { state, effects }: LockStep): void {
    this.state = state;
    for (const effect of effects) this.perform(turn, effect);
  }

  /** Plans and performs what needs no request: sensors, timers, presence. */
  step(turn: Turn, event: LockEvent): void {
    const step = this.plan(event, turn.nowMs);
    if (step.refused === undefined) this.adopt(turn, step);
  }

  /** Settings come and go with owners, so the lock is told whenever it thinks otherwise. */
  tellValetMode(turn: Turn): void {
    const on = this.access.settings.valetMode;
    if (on !== this.state.facts.valet) this.step(turn, { kind: "valetChanged", on });
  }

  /** When it wants to hear that time has passed; undefined: not by itself. */
  get dueMs(): number | undefined {
    return nextLockDeadlineMs(this.state);
  }

  serve(turn: Turn): void {
    const { dueMs } = this;
    if (dueMs !== undefined && dueMs <= turn.nowMs) this.step(turn, { kind: "timePassed" });
  }

  /** The vehicle's signals by their VSS paths, as an authenticated key may read them. */
  status(): ReadonlyMap<string, string | number | boolean> {
    return lockStatus(this.description(), this.state);
  }

  /** The same object as long as nothing has changed of doors, latches and people inside. */
  get appearance(): object {
    const { latches, facts } = this.state;
    if (this.shown?.latches !== latches || this.shown.open !== facts.open || this.shown.occupied !== facts.occupied) {
      this.shown = { latches, open: facts.open, occupied: facts.occupied };
    }
    return this.shown;
  }

  /** Nobody drives or is about to, and no latch is on its way: the car can be without its controller for some seconds. */
  get isAtRest(): boolean {
    const { drive, latches } = this.state;
    // Unknown: nobody was let drive since the start, and the immobiliser is left as it stands over another one.
    return (drive.kind === "immobilised" || drive.kind === "unknown") && [...latches.values()].every(({ kind }) => kind !== "locking" && kind !== "unlocking");
  }

  /** Whether somebody may drive off now. */
  get isDriveReleased(): boolean {
    return this.state.drive.kind !== "immobilised" && this.state.drive.kind !== "unknown";
  }

  get isOccupied(): boolean {
    return this.state.facts.occupied;
  }

  isOpen(latch: LatchId): boolean {
    return this.state.facts.open.get(latch) === true;
  }

  /** Whether a door is unlocked, as far as the car knows; where there is none (a gate, a box), any latch. */
  isAnyDoorUnlocked(): boolean {
    const { latches } = this.built;
    const doors = latches.filter(({ kind }) => kind === "door");
    return (doors.length === 0 ? latches : doors).some(({ id }) => this.state.latches.get(id)?.kind === "unlocked");
  }

  /** Whether every door is locked, as far as its hardware tells: one that is on its way, or stuck, is not. */
  areDoorsLocked(): boolean {
    const { latches } = this.built;
    const doors = latches.filter(({ kind }) => kind === "door");
    return (doors.length === 0 ? latches : doors).every(({ id }) => {
      const latch = this.state.latches.get(id);
      // Without feedback a latch that was driven is as locked as it can be known to be.
      return latch?.kind === "locked" || (latch?.kind === "unconfirmed" && latch.toward === "locked");
    });
  }

  private perform(turn: Turn, effect: LockEffect): void {
    switch (effect.kind) {
      case "audit":
        this.hearers.log.defer({ what: effect.what, who: "car", outcome: effect.outcome, why: effect.why });
        return turn.note({ what: effect.what, who: "car", outcome: effect.outcome, why: effect.why });
      case "latchSettled":
        return this.hearers.settled(turn, effect.latch, effect.as);
      case "driveLatch":
      case "stopLatch":
      case "setImmobiliser":
        return turn.do(effect);
      default:
        return unreachable(effect);
    }
  }

  /** The description with the owners' settings in force. */
  private description(): VehicleDescription {
    const { settings } = this.access;
    if (settings !== this.described?.settings) {
      const { autoRelockMs, walkAwayEnabled, walkAwayMs } = settings;
      this.described = { settings, description: { ...this.built, autoRelockMs, walkAwayEnabled, walkAwayMs } };
    }
    return this.described.description;
  }
}
