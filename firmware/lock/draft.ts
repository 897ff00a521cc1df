import { assert } from "../base/index.ts";
import type { ReasonName } from "../wire/index.ts";
import type { LatchDescription, VehicleDescription } from "./description.ts";
import type { DriveEffect, DriveEvent, DriveState, DriveTable, DriveTimer } from "./drive.ts";
import type { LatchOrder, LockEffect, RefuseEffect, TimerEffect, TimerName } from "./effects.ts";
import { latchesIn, latchesToLock } from "./guards.ts";
import type { LatchContext, LatchEffect, LatchEvent, LatchState, LatchTable, LatchTimer } from "./latch.ts";
import { consult, type Outcome } from "./machine.ts";
import type { Facts, LockContext, LockState } from "./state.ts";
import type { VehicleEffect, VehicleEvent, VehicleState, VehicleTable, VehicleTimer } from "./vehicle.ts";

/** The tables that together are the lock. */
export interface LockTables {
  readonly latch: LatchTable;
  readonly vehicle: VehicleTable;
  readonly drive: DriveTable;
}

/** What a component wants done: outside, or by the others and the timers. */
type Consequence = LockEffect | TimerEffect | LatchOrder | RefuseEffect;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A state in the making during one step: it starts as a copy of `before`, whose maps it copies before it changes them. */
export class Draft {
  readonly effects: LockEffect[] = [];
  refused: ReasonName | undefined;
  private readonly state: Mutable<LockState>;
  private changed = false;
  /** Copies this draft has made and may therefore change; the maps of `before` are never touched. */
  private latches: Map<string, LatchState> | undefined;
  private deadlines: Map<TimerName, number> | undefined;

  constructor(
    private readonly tables: LockTables,
    readonly description: VehicleDescription,
    private readonly before: LockState,
    readonly nowMs: number,
  ) {
    const { latches, vehicle, drive, facts, crash, deadlines } = before;
    this.state = { latches, vehicle, drive, facts, crash, deadlines };
  }

  get now(): LockState {
    return this.state;
  }

  get context(): LockContext {
    return { description: this.description, latches: this.state.latches, facts: this.state.facts };
  }

  /** The same object as before where nothing has changed. */
  finish(): LockState {
    const refusedCleanly = !this.changed && this.effects.length === 0;
    assert(this.refused === undefined || refusedCleanly, "a refusal changes nothing");
    return this.changed ? this.state : this.before;
  }

  /** What sensors, keys and owners say from now on; to be called where that differs from {@link now}. */
  learn(facts: Facts): void {
    this.state.facts = facts;
    this.changed = true;
  }

  watchCrash(crash: LockState["crash"]): void {
    if (crash === this.state.crash) return;
    this.state.crash = crash;
    this.changed = true;
  }

  tellLatch(latch: LatchDescription, event: LatchEvent): void {
    const before = this.state.latches.get(latch.id);
    assert(before !== undefined, "every latch of the description has a state");
    const { latches, facts } = this.state;
    const outcome = consult<LatchState, LatchEvent, LatchTimer, LatchEffect, LatchContext>(
      this.tables.latch,
      before,
      event,
      { description: this.description, latches, facts, latch },
    );
    this.setLatch(latch.id, before, outcome[0]);
    this.takeFrom(outcome);
  }

  tellVehicle(event: VehicleEvent): void {
    const outcome = consult<VehicleState, VehicleEvent, VehicleTimer, VehicleEffect, LockContext>(
      this.tables.vehicle,
      this.state.vehicle,
      event,
      this.context,
    );
    this.setVehicle(outcome[0]);
    this.takeFrom(outcome);
  }

  tellDrive(event: DriveEvent): void {
    const outcome = consult<DriveState, DriveEvent, DriveTimer, DriveEffect, LockContext>(
      this.tables.drive,
      this.state.drive,
      event,
      this.context,
    );
    this.setDrive(outcome[0]);
    this.takeFrom(outcome);
  }

  /** By index: an unlock comes through here for each latch, and spreading its outcome would be what costs most of it. */
  private takeFrom(outcome: Outcome<unknown, Consequence>): void {
    for (let index = 1; index < outcome.length; index++) this.take(outcome[index] as Consequence);
  }

  private take(effect: Consequence): void {
    switch (effect.kind) {
      case "arm":
        assert(effect.afterMs >= 1, "a timer takes time");
        return this.setDeadline(effect.timer, this.nowMs + effect.afterMs);
      case "disarm":
        return this.clearDeadline(effect.timer);
      case "lockLatches":
        return this.order(latchesToLock(this.context), { kind: "lock", order: effect.order });
      case "unlockLatches":
        return this.order(latchesIn(effect.scope, this.context), { kind: "unlock" });
      case "refuse":
        this.refused = effect.reason;
        return;
      default:
        this.effects.push(effect);
    }
  }

  private order(latches: readonly LatchDescription[], event: LatchEvent): void {
    for (const latch of latches) this.tellLatch(latch, event);
  }

  private setLatch(id: string, before: LatchState, next: LatchState): void {
    if (next === before) return;
    if (this.latches === undefined) {
      this.latches = copied(this.state.latches);
      this.state.latches = this.latches;
    }
    this.latches.set(id, next);
    this.changed = true;
  }

  private setVehicle(vehicle: VehicleState): void {
    if (vehicle.kind === this.state.vehicle.kind) return;
    this.state.vehicle = vehicle;
    this.changed = true;
  }

  private setDrive(drive: DriveState): void {
    if (drive === this.state.drive) return;
    this.state.drive = drive;
    this.changed = true;
  }

  private setDeadline(timer: TimerName, atMs: number): void {
    this.ownDeadlines().set(timer, atMs);
  }

  clearDeadline(timer: TimerName): void {
    if (this.state.deadlines.has(timer)) this.ownDeadlines().delete(timer);
  }

  private ownDeadlines(): Map<TimerName, number> {
    if (this.deadlines === undefined) {
      this.deadlines = copied(this.state.deadlines);
      this.state.deadlines = this.deadlines;
      this.changed = true;
    }
    return this.deadlines;
  }
}

/** By a loop: it takes a third of the time of the constructor, and a step makes two copies. */
function copied<Key, Value>(map: ReadonlyMap<Key, Value>): Map<Key, Value> {
  const copy = new Map<Key, Value>();
  for (const [key, value] of map) copy.set(key, value);
  return copy;
}
