import type { LatchId } from "../lock/index.ts";
import type { RangeMeasurement } from "../ranging/index.ts";
import type { LinkEvent, LinkId, Proximity } from "../session/index.ts";

export type { LinkId, Proximity };

/** What the board tells the controller: one at a time, each with everything that is known. */
export type ControllerEvent =
  | LinkEvent
  /** Where the board's antennas see the device behind a link. May only deny or wake. */
  | { readonly kind: "deviceLocated"; readonly link: LinkId; readonly zone: "cabin" | "outside" | "unknown" }
  /** One round of ranging by the board's own receiver; see firmware/ranging for what it may prove. */
  | { readonly kind: "rangeMeasured"; readonly link: LinkId; readonly measurement: RangeMeasurement }
  | { readonly kind: "doorChanged"; readonly latch: LatchId; readonly open: boolean }
  | { readonly kind: "insideHandlePulled"; readonly latch: LatchId }
  | { readonly kind: "latchReported"; readonly latch: LatchId; readonly report: "locked" | "unlocked" | "stalled" }
  /** A completed pulse on a wired input. */
  | { readonly kind: "inputPulsed"; readonly input: string; readonly pulseMs: number }
  | { readonly kind: "inputChanged"; readonly input: string; readonly active: boolean }
  | { readonly kind: "occupancyChanged"; readonly occupied: boolean }
  | { readonly kind: "powertrainChanged"; readonly running: boolean; readonly moving: boolean }
  | { readonly kind: "supplyMeasured"; readonly millivolts: number }
  | { readonly kind: "timeReported"; readonly source: "rtc" | "gps"; readonly unixS: number }
  /** The car's own console asks to open the pairing of the first owner. */
  | { readonly kind: "claimRequested" }
  | { readonly kind: "claimCancelled" }
  /** The moment that the last `wakeAt` effect named has come. */
  | { readonly kind: "woke" };

export type RangeMeasured = Extract<ControllerEvent, { kind: "rangeMeasured" }>;

/** What the controller wants done, in order. Effects behind a `commit` wait until the flash is durable. */
export type Effect =
  | { readonly kind: "commit" }
  | { readonly kind: "send"; readonly link: LinkId; readonly bytes: Uint8Array }
  | { readonly kind: "closeLink"; readonly link: LinkId }
  /** At most 31 bytes of advertisement and 31 of scan response (Bluetooth Core 5.4 Vol 3 Part C section 11). */
  | { readonly kind: "advertise"; readonly identity: Uint8Array; readonly connectable: boolean }
  /** The board ends the pulse after `pulseMs` by itself, whatever becomes of this process. */
  | { readonly kind: "driveLatch"; readonly latch: LatchId; readonly toward: "locked" | "unlocked"; readonly pulseMs: number }
  | { readonly kind: "stopLatch"; readonly latch: LatchId }
  | { readonly kind: "setImmobiliser"; readonly released: boolean; readonly limited: boolean }
  /**
   * Measure how far the device of `link` is, until the link closes: `key` (16 bytes, secret, known to that device alone) seeds the rounds,
   * and each is reported with `binding`. A board without such a radio does nothing.
   */
  | { readonly kind: "startRanging"; readonly link: LinkId; readonly key: Uint8Array; readonly binding: Uint8Array }
  /** Replaces the moment named before; undefined: nothing to wake for. */
  | { readonly kind: "wakeAt"; readonly atMs: number | undefined }
  /** For the car's own console only; carries the one-time secret, never to be logged. */
  | { readonly kind: "showClaim"; readonly uri: string; readonly expiresAtMs: number }
  | { readonly kind: "hideClaim"; readonly why: "claimed" | "expired" | "tooManyFailures" | "cancelled" }
  /** One line for the event log on the terminal: what happened, who, outcome, reason. No secret, no position. */
  | { readonly kind: "note"; readonly note: Note };

export interface Note {
  readonly what: string;
  readonly who: string;
  readonly outcome: "done" | "refused" | "failed" | "info";
  /** A reason name or a short sentence, or empty. */
  readonly why: string;
}
