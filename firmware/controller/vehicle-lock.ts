import type { Access, Settings } from "../access/index.ts";
import { initialLock, lockStatus, nextLockDeadlineMs, stepLock, type LatchId, type LockEvent, type LockState, type LockStep, type VehicleDescription } from "../lock/index.ts";
import type { ControllerParts } from "./parts.ts";

/** The lock as it stands: what the others ask of doors, people and drive, and what it would do. It changes by `adopt` alone. */
export class VehicleLock {
  private readonly access: Access;
  private readonly built: VehicleDescription;
  private described: { readonly settings: Settings; readonly description: VehicleDescription } | undefined;
  private state: LockState;

  constructor({ access, description }: Pick<ControllerParts, "access" | "description">) {
    this.access = access;
    this.built = description;
    this.state = initialLock(description);
  }

  /** What it would do at `nowMs`; nothing has changed yet. */
  plan(event: LockEvent, nowMs: number): LockStep {
    return stepLock(this.description(), this.state, event, nowMs);
  }

  /** A planned step happens; its effects are the caller's to perform. */
  adopt({ state }: LockStep): void {
    this.state = state;
  }

  /** When it wants to hear that time has passed; undefined: not by itself. */
  get nextDeadlineMs(): number | undefined {
    return nextLockDeadlineMs(this.state);
  }

  /** The vehicle's signals by their VSS paths, as an authenticated key may read them. */
  status(): ReadonlyMap<string, string | number | boolean> {
    return lockStatus(this.description(), this.state);
  }

  /** The same object as long as nothing has changed of doors, latches and people. */
  get statusOf(): object {
    return this.state;
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

  get isValet(): boolean {
    return this.state.facts.valet;
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
