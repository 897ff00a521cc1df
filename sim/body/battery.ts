import type { Task, VirtualClock } from "../time/index.ts";

export interface BatterySettings {
  readonly capacityMah: number;
  /** Of the capacity, 0 to 100. */
  readonly chargePercent: number;
  readonly internalMilliohm: number;
  /** What the parked car draws. */
  readonly quiescentMilliamp: number;
}

/** A 12 V lead-acid battery of ordinary size in a car whose controllers sleep. */
export const DEFAULT_BATTERY: BatterySettings = { capacityMah: 60_000, chargePercent: 95, internalMilliohm: 12, quiescentMilliamp: 25 };

/** Rest voltage of a lead-acid battery by state of charge, in millivolts; the usual workshop table, flooded cells at 25 degrees C. */
const REST_VOLTAGE: readonly (readonly [percent: number, millivolts: number])[] = [
  [0, 9_000],
  [5, 11_000],
  [10, 11_510],
  [20, 11_660],
  [40, 11_900],
  [60, 12_200],
  [80, 12_420],
  [100, 12_730],
];

/** The body reports the supply each time it crosses a multiple of this. */
export const REPORT_STEP_MILLIVOLTS = 100;

const MS_PER_HOUR = 3_600_000;

/**
 * Charge, load and voltage of the 12 V supply. Nothing is polled: the moment of the next report is computed from load and charge.
 * A `ramp` takes the voltage over, as a failing cell does.
 */
export class Battery {
  readonly #clock: VirtualClock;
  readonly #settings: BatterySettings;
  readonly #report: (millivolts: number) => void;
  /** Milliampere-milliseconds: whole numbers, exact over years. */
  #charge: number;
  #chargeAtMs: number;
  #loadMilliamp: number;
  #ramp: { readonly fromMillivolts: number; readonly toMillivolts: number; readonly startMs: number; readonly durationMs: number } | undefined;
  #next: Task | undefined;

  constructor(clock: VirtualClock, settings: BatterySettings, report: (millivolts: number) => void) {
    this.#clock = clock;
    this.#settings = settings;
    this.#report = report;
    this.#charge = Math.floor((this.#capacity * settings.chargePercent) / 100);
    this.#chargeAtMs = clock.monotonicMs();
    this.#loadMilliamp = settings.quiescentMilliamp;
    this.#plan();
  }

  /** Terminal voltage under the present load, in whole millivolts. */
  get millivolts(): number {
    const nowMs = this.#clock.monotonicMs();
    const ramp = this.#ramp;
    if (ramp !== undefined) {
      const elapsedMs = Math.min(nowMs - ramp.startMs, ramp.durationMs);
      const share = ramp.durationMs === 0 ? 1 : elapsedMs / ramp.durationMs;
      return Math.round(ramp.fromMillivolts + (ramp.toMillivolts - ramp.fromMillivolts) * share);
    }
    return this.#terminal(this.#chargeAt(nowMs));
  }

  get chargePercent(): number {
    return Math.floor((100 * this.#chargeAt(this.#clock.monotonicMs())) / this.#capacity);
  }

  /** The continuous load from now on; negative while the car charges it. Reports the changed voltage. */
  setLoad(milliamp: number): void {
    this.#settle();
    this.#loadMilliamp = milliamp;
    this.#report(this.millivolts);
    this.#plan();
  }

  /** Takes one pulse out, for example a latch motor's. */
  draw(milliamp: number, durationMs: number): void {
    this.#settle();
    this.#charge = Math.max(0, this.#charge - milliamp * durationMs);
    this.#plan();
  }

  /** What would be left at the terminals with `milliamp` more. */
  millivoltsUnder(milliamp: number): number {
    return this.millivolts - Math.round((milliamp * this.#settings.internalMilliohm) / 1000);
  }

  /** Moves the voltage to `toMillivolts` within `durationMs` whatever the charge says, and holds it there. */
  ramp(toMillivolts: number, durationMs: number): void {
    this.#settle();
    this.#ramp = { fromMillivolts: this.millivolts, toMillivolts, startMs: this.#clock.monotonicMs(), durationMs };
    if (durationMs === 0) this.#report(toMillivolts);
    this.#plan();
  }

  /** A sound battery again, at the given charge. */
  replace(chargePercent: number): void {
    this.#ramp = undefined;
    this.#chargeAtMs = this.#clock.monotonicMs();
    this.#charge = Math.floor((this.#capacity * chargePercent) / 100);
    this.#report(this.millivolts);
    this.#plan();
  }

  get #capacity(): number {
    return this.#settings.capacityMah * MS_PER_HOUR;
  }

  #chargeAt(atMs: number): number {
    const left = this.#charge - this.#loadMilliamp * (atMs - this.#chargeAtMs);
    return Math.max(0, Math.min(this.#capacity, left));
  }

  #settle(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#charge = this.#chargeAt(nowMs);
    this.#chargeAtMs = nowMs;
  }

  #terminal(charge: number): number {
    const sag = (this.#loadMilliamp * this.#settings.internalMilliohm) / 1000;
    return Math.round(restMillivolts((100 * charge) / this.#capacity) - sag);
  }

  #plan(): void {
    this.#clock.cancel(this.#next);
    const atMs = this.#ramp === undefined ? this.#nextChargeStepMs() : this.#nextRampStepMs();
    this.#next = atMs === undefined ? undefined : this.#clock.at(atMs, "supply", () => {
      this.#settle();
      this.#report(this.millivolts);
      this.#plan();
    });
  }

  #nextRampStepMs(): number | undefined {
    const ramp = this.#ramp!;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= ramp.startMs + ramp.durationMs) return undefined;
    const steps = Math.max(1, Math.ceil(Math.abs(ramp.toMillivolts - ramp.fromMillivolts) / REPORT_STEP_MILLIVOLTS));
    const stepMs = Math.max(1, Math.ceil(ramp.durationMs / steps));
    return Math.min(nowMs + stepMs, ramp.startMs + ramp.durationMs);
  }

  /** When the terminal voltage crosses the next multiple of the step at the present load. */
  #nextChargeStepMs(): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (this.#loadMilliamp === 0) return undefined;
    const sag = (this.#loadMilliamp * this.#settings.internalMilliohm) / 1000;
    const present = this.#terminal(this.#charge);
    const falling = this.#loadMilliamp > 0;
    const target = falling
      ? (Math.ceil(present / REPORT_STEP_MILLIVOLTS) - 1) * REPORT_STEP_MILLIVOLTS
      : (Math.floor(present / REPORT_STEP_MILLIVOLTS) + 1) * REPORT_STEP_MILLIVOLTS;
    const percent = percentAtRest(target + sag);
    if (percent === undefined) return undefined;
    const between = Math.abs(this.#charge - (percent * this.#capacity) / 100);
    return nowMs + Math.max(1, Math.ceil(between / Math.abs(this.#loadMilliamp)));
  }
}

function restMillivolts(percent: number): number {
  for (let i = 1; i < REST_VOLTAGE.length; i++) {
    const [low, lowMillivolts] = REST_VOLTAGE[i - 1]!;
    const [high, highMillivolts] = REST_VOLTAGE[i]!;
    if (percent <= high) return lowMillivolts + ((highMillivolts - lowMillivolts) * (percent - low)) / (high - low);
  }
  return REST_VOLTAGE[REST_VOLTAGE.length - 1]![1];
}

/** The inverse of the table, or undefined for a voltage no charge gives. */
function percentAtRest(millivolts: number): number | undefined {
  for (let i = 1; i < REST_VOLTAGE.length; i++) {
    const [low, lowMillivolts] = REST_VOLTAGE[i - 1]!;
    const [high, highMillivolts] = REST_VOLTAGE[i]!;
    if (millivolts >= lowMillivolts && millivolts <= highMillivolts) {
      return low + ((high - low) * (millivolts - lowMillivolts)) / (highMillivolts - lowMillivolts);
    }
  }
  return undefined;
}
