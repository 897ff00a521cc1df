import type { Authorisation } from "./authorisation.ts";
import type { LatchId } from "./description.ts";

/** `cabin`: every latch but the trunks. `trunk`: trunk and front trunk. */
export type UnlockScope = "cabin" | "trunk";

/**
 * What the lock is told, one at a time. Sensors may speak in any state and as often as they like; a board tells each of its
 * sensors' readings once after the start. Events that name a latch the vehicle has not are ignored.
 */
export type LockEvent =
  | { readonly kind: "unlockAuthorised"; readonly authorisation: Authorisation; readonly scope: UnlockScope }
  /** `by`: who ordered it, as the log names them. */
  | { readonly kind: "lockOrdered"; readonly forced: boolean; readonly by: string }
  | { readonly kind: "driveAuthorised"; readonly authorisation: Authorisation; readonly limited: boolean }
  | { readonly kind: "insideHandlePulled"; readonly latch: LatchId }
  | { readonly kind: "doorChanged"; readonly latch: LatchId; readonly open: boolean }
  | { readonly kind: "latchReported"; readonly latch: LatchId; readonly report: "locked" | "unlocked" | "stalled" }
  | { readonly kind: "inputPulsed"; readonly input: string; readonly pulseMs: number }
  | { readonly kind: "occupancyChanged"; readonly occupied: boolean }
  | { readonly kind: "powertrainChanged"; readonly running: boolean; readonly moving: boolean }
  | { readonly kind: "supplyMeasured"; readonly millivolts: number }
  /** Authenticated keys located in the cabin, and those in reach around the car. */
  | { readonly kind: "keyPresenceChanged"; readonly inside: number; readonly near: number }
  | { readonly kind: "valetChanged"; readonly on: boolean }
  /** Fires every deadline that is due at the time of the step. */
  | { readonly kind: "timePassed" };
