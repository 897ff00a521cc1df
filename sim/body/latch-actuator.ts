import type { LatchDescription } from "../../firmware/lock/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";

/** What is wrong with a latch. `stall` passes after `times` attempts; the others last until mended. */
export type LatchFault =
  | { readonly kind: "none" }
  /** Ice or dirt: the motor blocks, notices it and reports. */
  | { readonly kind: "stall"; readonly times: number }
  /** The mechanism is stuck: blocks and reports each time. */
  | { readonly kind: "jam" }
  /** The wire of the end stop is broken: it moves, and nobody hears of it. */
  | { readonly kind: "noAnswer" }
  /** The motor does not turn and nothing reports. */
  | { readonly kind: "deadMotor" };

/** What a motor draws while it turns. */
export const MOTOR_MILLIAMP = 5_000;

/** Below this at its terminals a latch motor does not turn. */
export const MOTOR_MILLIVOLTS_MIN = 8_000;

export interface LatchSettings {
  /** From one end stop to the other at full supply. */
  readonly travelMs: number;
  /** Until a blocked motor is noticed. */
  readonly stallNoticeMs: number;
}

export const DEFAULT_LATCH: LatchSettings = { travelMs: 180, stallNoticeMs: 120 };

export interface LatchWorld {
  readonly clock: VirtualClock;
  /** Terminal voltage while the motor draws. */
  motorMillivolts(): number;
  drew(milliamp: number, durationMs: number): void;
  reported(report: "locked" | "unlocked" | "stalled"): void;
}

/** One lock with its motor and end stops. A pulse shorter than the way left moves nothing and reports nothing. */
export class LatchActuator {
  readonly description: LatchDescription;
  readonly #world: LatchWorld;
  readonly #settings: LatchSettings;
  #position: "locked" | "unlocked" = "unlocked";
  #fault: LatchFault = { kind: "none" };
  #motion: { readonly task: Task; readonly startedMs: number } | undefined;
  open = false;

  constructor(description: LatchDescription, world: LatchWorld, settings: LatchSettings) {
    this.description = description;
    this.#world = world;
    this.#settings = settings;
  }

  get position(): "locked" | "unlocked" {
    return this.#position;
  }

  get moving(): boolean {
    return this.#motion !== undefined;
  }

  set fault(fault: LatchFault) {
    this.#fault = fault;
  }

  /** Powers the motor for `pulseMs` at most; the board ends the pulse. A pulse under way is replaced. */
  drive(toward: "locked" | "unlocked", pulseMs: number): void {
    this.stop();
    const { outcome, afterMs } = this.#fate(toward);
    const endsMs = Math.min(afterMs, pulseMs);
    const run = (): void => {
      this.#settleMotion();
      if (afterMs > pulseMs) return;
      if (outcome === "stalled") this.#world.reported("stalled");
      else if (outcome !== "nothing") {
        this.#position = toward;
        if (outcome === "reached") this.#world.reported(toward);
      }
    };
    this.#motion = { task: this.#world.clock.after(endsMs, "latch", run), startedMs: this.#world.clock.monotonicMs() };
  }

  /** Ends a pulse early; the mechanism falls back to the end it came from. */
  stop(): void {
    if (this.#motion === undefined) return;
    this.#world.clock.cancel(this.#motion.task);
    this.#settleMotion();
  }

  /** A hand or a spring moves it: the end stop reports as after a motor. */
  moveByHand(toward: "locked" | "unlocked"): void {
    this.stop();
    if (this.#position === toward) return;
    this.#position = toward;
    if (this.#fault.kind !== "noAnswer" && this.description.feedback === "endStop") this.#world.reported(toward);
  }

  #settleMotion(): void {
    const motion = this.#motion;
    if (motion === undefined) return;
    this.#motion = undefined;
    this.#world.drew(MOTOR_MILLIAMP, this.#world.clock.monotonicMs() - motion.startedMs);
  }

  /** What this pulse will come to, and when. */
  #fate(toward: "locked" | "unlocked"): { readonly outcome: "reached" | "silent" | "stalled" | "nothing"; readonly afterMs: number } {
    const { travelMs, stallNoticeMs } = this.#settings;
    const silent = this.description.feedback === "none" || this.#fault.kind === "noAnswer";
    const volts = this.#world.motorMillivolts();
    if (this.#fault.kind === "deadMotor" || volts < MOTOR_MILLIVOLTS_MIN) return { outcome: "nothing", afterMs: travelMs };
    if (this.#fault.kind === "jam" || this.#fault.kind === "stall") {
      if (this.#fault.kind === "stall") this.#fault = this.#fault.times <= 1 ? { kind: "none" } : { kind: "stall", times: this.#fault.times - 1 };
      return { outcome: this.description.feedback === "none" ? "nothing" : "stalled", afterMs: stallNoticeMs };
    }
    // A direct-current motor turns about as fast as its voltage; 12 V is the full speed.
    const wayMs = this.#position === toward ? 20 : Math.ceil((travelMs * 12_000) / Math.min(volts, 12_000));
    return { outcome: silent ? "silent" : "reached", afterMs: wayMs };
  }
}
