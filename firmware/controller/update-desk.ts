import { equalBytes, unreachable } from "../base/index.ts";
import { PROGRESS_STEP_BYTES, type UpdateManifest, type UpdateStep } from "../update/index.ts";
import type { ReasonName } from "../wire/index.ts";
import type { Controller } from "./controller.ts";
import type { UpdateEvent } from "./events.ts";
import type { Turn } from "./turn.ts";

/** A release on trial that has run this long without a fault is confirmed. */
export const TRIAL_STEADY_MS = 60_000;

/** How the log names a release. */
export function releaseName({ version, sequenceNumber }: UpdateManifest): string {
  return `${version} (${sequenceNumber})`;
}

/**
 * Updates on their way from a signed manifest to the release that runs. Nothing here is on the way of an unlock; whatever fails
 * leaves the release that runs where it is.
 */
export class UpdateDesk {
  private readonly car: Controller;
  private readonly steadyMs: number;
  private confirmDueMs: number | undefined;
  /** Pieces are durable through here, as far as this boot knows; what is on record may be less. */
  private writtenBytes = 0;
  private writing = false;
  private checking = false;
  private restart: "no" | "wanted" | "asked" = "no";

  constructor(car: Controller) {
    this.car = car;
    this.steadyMs = car.parts.trialSteadyMs ?? TRIAL_STEADY_MS;
    this.writtenBytes = car.parts.updates.status.throughBytes;
  }

  /** Where the next piece begins; undefined: none is wanted now. */
  get wantedOffset(): number | undefined {
    const { state } = this.car.parts.updates.status;
    if (state !== "consented" && state !== "downloading") return undefined;
    if (this.writing || this.checking) return undefined;
    return state === "consented" ? 0 : this.writtenBytes;
  }

  /** A piece is being written, or all of them checked. */
  get isBusy(): boolean {
    return this.writing || this.checking;
  }

  take(turn: Turn, event: UpdateEvent): void {
    switch (event.kind) {
      case "updateOffered":
        return this.offered(turn, event.manifest);
      case "updatePieceArrived":
        return this.pieceArrived(turn, event.offset, event.bytes);
      case "slotWritten":
        return this.written(turn, event.throughBytes);
      case "slotChecked":
        return this.checked(turn, event.matches);
      case "slotFailed":
        return this.failed(turn, event.why);
      case "trialArmed":
        this.restart = "wanted";
        return;
      case "trialConfirmed":
        return void this.advance(turn, "proved", "done", "confirmed");
      case "releaseStarted":
        return this.started(turn, event);
      default:
        return unreachable(event);
    }
  }

  /** A release on trial has run long enough. */
  serve(turn: Turn): void {
    if (this.confirmDueMs === undefined || this.confirmDueMs > turn.nowMs) return;
    this.confirmDueMs = undefined;
    turn.do({ kind: "confirmTrial" });
  }

  get nextDueMs(): number | undefined {
    return this.confirmDueMs;
  }

  /** The trial waits until the car can do without its controller for a moment. */
  settle(turn: Turn): void {
    if (this.restart !== "wanted" || !this.car.lock.isAtRest) return;
    this.restart = "asked";
    turn.do({ kind: "restartForTrial" });
  }

  private offered(turn: Turn, envelope: Uint8Array): void {
    const plan = this.car.parts.updates.planOffer(envelope);
    if (!plan.ok) return this.refused(turn, "offerUpdate", plan.error);
    const { changes, manifest } = plan.value;
    if (changes.length === 0) return;
    this.car.store(turn, changes, [{ what: "offerUpdate", who: "console", outcome: "done", why: releaseName(manifest) }]);
  }

  private pieceArrived(turn: Turn, offset: number, bytes: Uint8Array): void {
    const { updates } = this.car.parts;
    if (!this.consentHolds(turn)) return this.refused(turn, "updatePiece", "consentNeeded");
    const checked = updates.checkPiece(offset, bytes.length);
    if (!checked.ok) return this.refused(turn, "updatePiece", checked.error);
    if (offset !== this.wantedOffset) return this.refused(turn, "updatePiece", "updateBusy");
    this.writing = true;
    turn.do({ kind: "writeSlot", offset, bytes });
  }

  private written(turn: Turn, throughBytes: number): void {
    if (!this.writing) return;
    this.writing = false;
    this.writtenBytes = throughBytes;
    const { updates } = this.car.parts;
    const { bundle } = updates;
    if (bundle === undefined) return;
    const complete = throughBytes >= bundle.sizeBytes;
    const due = throughBytes - updates.status.throughBytes >= PROGRESS_STEP_BYTES;
    if (complete || due || updates.status.state === "consented") {
      const changes = updates.planStep("pieceStored", { throughBytes });
      if (changes !== undefined) this.car.store(turn, changes, []);
    }
    if (complete) this.check(turn);
  }

  private check(turn: Turn): void {
    const { bundle } = this.car.parts.updates;
    if (bundle === undefined) return;
    this.checking = true;
    turn.do({ kind: "checkSlot", bundle });
  }

  private checked(turn: Turn, matches: boolean): void {
    if (!this.checking) return;
    this.checking = false;
    const { updates } = this.car.parts;
    if (!matches) return this.spoiled(turn, "the bundle is not what its manifest promises");
    if (!this.consentHolds(turn)) return;
    // The record comes first: a boot loader that tries what the car does not know of could not be confirmed.
    if (updates.status.state !== "staged" && !this.advance(turn, "complete", "info", "staged")) return;
    const { bundle } = updates;
    if (bundle !== undefined) turn.do({ kind: "armTrial", bundle });
  }

  private failed(turn: Turn, why: string): void {
    this.writing = false;
    this.checking = false;
    this.spoiled(turn, why);
  }

  private spoiled(turn: Turn, why: string): void {
    this.advance(turn, "spoiled", "failed", why);
  }

  /** What runs now decides what became of the update; it may have happened while nobody could write it down. */
  private started(turn: Turn, event: Extract<UpdateEvent, { kind: "releaseStarted" }>): void {
    const { updates } = this.car.parts;
    const { state } = updates.status;
    const { bundle } = updates;
    if (bundle === undefined || (state !== "downloading" && state !== "staged" && state !== "trial")) return;
    if (equalBytes(event.digest, bundle.digest)) {
      if (!event.onTrial) return void this.advance(turn, "proved", "done", "confirmed");
      if (this.advance(turn, "trialStarted", "info", "on trial")) this.confirmDueMs = turn.nowMs + this.steadyMs;
      return;
    }
    const undone = event.rolledBack !== undefined && equalBytes(event.rolledBack, bundle.digest);
    if (state === "trial" || undone) return void this.advance(turn, "otherStarted", "failed", "rolled back: the release before runs");
    if (state === "staged" || updates.status.throughBytes === bundle.sizeBytes) this.check(turn);
  }

  /** An owner who consented and is none any more has consented to nothing. */
  private consentHolds(turn: Turn): boolean {
    const { updates, access } = this.car.parts;
    const { consentedBy, state } = updates.status;
    if (state !== "consented" && state !== "downloading" && state !== "staged") return true;
    if (consentedBy !== undefined && access.key(consentedBy)?.role === "owner") return true;
    this.advance(turn, "consentEnded", "info", "its consent has ended with the key that gave it");
    return false;
  }

  /** False where the step is refused or could not be stored. */
  private advance(turn: Turn, step: UpdateStep, outcome: "done" | "failed" | "info", why: string): boolean {
    const { updates } = this.car.parts;
    const changes = updates.planStep(step);
    const { manifest } = updates.status;
    if (changes === undefined || manifest === undefined) return false;
    return this.car.store(turn, changes, [{ what: "update", who: "car", outcome, why: `${releaseName(manifest)}: ${why}` }]);
  }

  private refused(turn: Turn, what: string, reason: ReasonName): void {
    this.car.recordRefusal(turn, { what, who: "console", outcome: "refused", why: reason });
  }
}
