import type { LatchDescription, VehicleDescription } from "./description.ts";
import { isImmobilised } from "./drive.ts";
import type { LockState } from "./state.ts";

/** Root of the signals that COVESA VSS 6.0 has no name for. */
export const PRIVATE_BRANCH = "Vehicle.Private.Access";

/**
 * The lock as vehicle signals: path to value.
 *
 * `IsLocked` and `IsOpen` stand under the latch's own VSS path, and only while they are known: a latch that moves, is jammed, was
 * never reported or cannot report has no `IsLocked`. VSS 6.0 gives the hood no `IsLocked` and the charge port neither, so these
 * show in the private branch alone, which has every latch: `Latch.<Id>.State` is unknown, locking, unlocking, locked, unlocked,
 * jammed or unconfirmed. Further there: `State` (of the vehicle), `Drive`, `IsImmobilized` (while known), `IsValetMode`,
 * `SupplyStage`.
 */
export function lockStatus(description: VehicleDescription, state: LockState): ReadonlyMap<string, string | number | boolean> {
  const status = new Map<string, string | number | boolean>();
  for (const latch of description.latches) addLatch(status, latch, state);
  const { powertrain, valet, supply } = state.facts;
  if (powertrain !== "unreported") status.set("Vehicle.IsMoving", powertrain === "moving" || powertrain === "rolling");
  status.set(`${PRIVATE_BRANCH}.State`, state.vehicle.kind);
  status.set(`${PRIVATE_BRANCH}.Drive`, state.drive.kind);
  const immobilised = isImmobilised(state.drive);
  if (immobilised !== undefined) status.set(`${PRIVATE_BRANCH}.IsImmobilized`, immobilised);
  status.set(`${PRIVATE_BRANCH}.IsValetMode`, valet);
  status.set(`${PRIVATE_BRANCH}.SupplyStage`, supply);
  return status;
}

function addLatch(status: Map<string, string | number | boolean>, latch: LatchDescription, state: LockState): void {
  const kind = state.latches.get(latch.id)?.kind ?? "unknown";
  const open = state.facts.open.get(latch.id);
  if (hasIsLocked(latch) && (kind === "locked" || kind === "unlocked")) status.set(`${latch.vssPath}.IsLocked`, kind === "locked");
  if (latch.kind !== "chargePort" && open !== undefined) status.set(`${latch.vssPath}.IsOpen`, open);
  status.set(`${PRIVATE_BRANCH}.Latch.${capitalised(latch.id)}.State`, kind);
}

function hasIsLocked(latch: LatchDescription): boolean {
  return latch.kind === "door" || latch.kind === "trunk" || latch.kind === "frontTrunk";
}

function capitalised(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1);
}
