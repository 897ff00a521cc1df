import { equalBytes, utf8Encode } from "../../firmware/base/index.ts";
import { refusalOf, type ComfortOrder, type ComfortState } from "../../firmware/comfort/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";
import { Agenda, isWithin } from "./agenda.ts";
import { Daily } from "./daily.ts";
import { nextLookMs, passed, settled, shown } from "./dynamics.ts";
import { CLIMATE_OFF, ordered } from "./orders.ts";
import { PARKED_CAR } from "./parked-car.ts";
import { chargeAppointments, chargesAt, climateAppointments, done } from "./plans.ts";

export type Infotainment = "awake" | "asleep" | "booting";

/** From being woken until it answers. */
export const BOOT_MS = 3_000;

/** Lights that flashed or a horn that sounded are noticed for so long. */
export const NOTICED_MS = 3_000;

/** The cabin is made ready so long before a departure, and left alone again so long after one that did not happen. */
const READY_MINUTES = 20;
const LATE_MINUTES = 10;

/** Monday to Friday, as bits. */
const WEEKDAYS = 0b0111110;
const MINUTES_PER_DAY = 24 * 60;

export interface ComfortWorld {
  readonly clock: VirtualClock;
  /** Wall time in seconds, for what is scheduled by the time of day. */
  unixS(): number;
  report(state: ComfortState): void;
  /** Whether the PIN in the order of that number was right; what the order has changed was reported before. */
  pinChecked(number: number, right: boolean): void;
  infotainment(state: Infotainment): void;
}

/**
 * The comfort systems of a virtual car: charging, climate and the rest, moving on by themselves in virtual time. What somebody does
 * is reported at once, what only time does once a second at most, and a car at rest waits for nothing.
 */
export class Comfort {
  readonly #world: ComfortWorld;
  readonly #charging: Daily;
  readonly #departure: Daily;
  readonly #chargePlans: Agenda;
  readonly #climatePlans: Agenda;
  #exact: ComfortState;
  /** Those that are on the two agendas. */
  #agreed: { readonly charge: ComfortState["charge"]["plans"]; readonly climate: ComfortState["climate"]["plans"] } | undefined;
  #atMs: number;
  #reported: string | undefined;
  #next: Task | undefined;
  #late: Task | undefined;
  #boot: Task | undefined;
  #infotainment: Infotainment = "awake";
  /** Secret: kept here alone, in no report. */
  #speedLimitPin: string | undefined;
  #flashedAtMs: number | undefined;
  #honkedAtMs: number | undefined;

  constructor(world: ComfortWorld, start: ComfortState = PARKED_CAR) {
    this.#world = world;
    this.#exact = settled(start);
    this.#atMs = world.clock.monotonicMs();
    this.#charging = new Daily(world.clock, () => world.unixS(), () => this.#chargeBySchedule());
    this.#departure = new Daily(world.clock, () => world.unixS(), () => this.#makeReadyFor());
    this.#chargePlans = new Agenda(world.clock, () => world.unixS());
    this.#climatePlans = new Agenda(world.clock, () => world.unixS());
    this.#plan();
  }

  get state(): ComfortState {
    return shown(passed(this.#exact, this.#world.clock.monotonicMs() - this.#atMs));
  }

  get infotainment(): Infotainment {
    return this.#infotainment;
  }

  get isFlashing(): boolean {
    return this.#isRecent(this.#flashedAtMs);
  }

  get isHonking(): boolean {
    return this.#isRecent(this.#honkedAtMs);
  }

  /** Tells a controller that has just started how everything is. */
  reportAll(): void {
    this.#reported = undefined;
    this.#change((state) => state);
    this.#world.infotainment(this.#infotainment);
  }

  /** Does what the controller has allowed. What cannot be done, and what names a wrong PIN, changes nothing; `number`: it is answered under that. */
  perform(order: ComfortOrder, number?: number): void {
    if (number !== undefined) return this.#world.pinChecked(number, this.#do(order));
    this.#do(order);
  }

  /** Whether it was done. */
  #do(order: ComfortOrder): boolean {
    if (refusalOf(this.state, order) !== undefined) return false;
    if (order.kind === "speedLimit") return this.#limitSpeed(order.active, order.pin);
    if (order.kind === "clearSpeedLimitPin") return this.#clearPin(order.pin);
    if (order.kind === "flashLights") this.#flashedAtMs = this.#world.clock.monotonicMs();
    if (order.kind === "honk") this.#honkedAtMs = this.#world.clock.monotonicMs();
    this.#change((state) => ordered(state, order));
    return true;
  }

  /** Somebody plugs a cable in, whose button opens the port, or takes it out. Charging begins at once, or when it is scheduled or planned. */
  plug(isIn: boolean): void {
    this.#change((state) => {
      const { charge } = state;
      if (charge.cablePlugged === isIn) return state;
      if (!isIn) return { ...state, charge: { ...charge, cablePlugged: false, cableLatched: false, charging: "disconnected" } };
      const charging = charge.scheduled === undefined && chargesAt(charge.plans, this.#world.unixS()) ? "charging" : "stopped";
      return { ...state, charge: { ...charge, cablePlugged: true, cableLatched: true, portOpen: true, addedKilowattHours: 0, addedMiles: 0, charging } };
    });
  }

  /** @param percent 0 to 100. */
  setLevel(percent: number): void {
    requireRange("level", percent, 0, 100);
    this.#change((state) => {
      const { charge } = state;
      const resumes = charge.charging === "complete" && percent < charge.limitPercent;
      return { ...state, charge: { ...charge, levelPercent: percent, ...(resumes && { charging: "charging" }) } };
    });
  }

  /** @param celsius -60 to 60. */
  setOutside(celsius: number): void {
    requireRange("outside temperature", celsius, -60, 60);
    this.#change((state) => ({ ...state, climate: { ...state.climate, outsideCelsius: celsius } }));
  }

  /** What the powertrain does. The car goes at one speed, or at its speed limit where that is on and lower. */
  follow(powertrain: { readonly running: boolean; readonly moving: boolean }): void {
    const shift = powertrain.running && powertrain.moving ? "drive" : "park";
    this.#change((state) => ({ ...state, shift }));
  }

  /** The screens go dark, and answer nobody until they are woken. */
  sleep(): void {
    this.#world.clock.cancel(this.#boot);
    this.#enter("asleep");
  }

  wake(): void {
    if (this.#infotainment !== "asleep") return;
    this.#enter("booting");
    this.#boot = this.#world.clock.after(BOOT_MS, "infotainment boots", () => this.#enter("awake"));
  }

  #enter(infotainment: Infotainment): void {
    if (this.#infotainment === infotainment) return;
    this.#infotainment = infotainment;
    this.#world.infotainment(infotainment);
  }

  /** The first PIN given becomes the one to give from then on. */
  #limitSpeed(active: boolean, pin: string): boolean {
    if (this.#speedLimitPin !== undefined && !isSamePin(pin, this.#speedLimitPin)) return false;
    this.#speedLimitPin = pin;
    this.#change((state) => ({ ...state, speedLimit: { ...state.speedLimit, active, pinSet: true } }));
    return true;
  }

  /** Without a PIN: by somebody who needs none. */
  #clearPin(pin: string | undefined): boolean {
    if (pin !== undefined && this.#speedLimitPin !== undefined && !isSamePin(pin, this.#speedLimitPin)) return false;
    this.#speedLimitPin = undefined;
    this.#change((state) => ({ ...state, speedLimit: { ...state.speedLimit, pinSet: false } }));
    return true;
  }

  #chargeBySchedule(): void {
    this.perform({ kind: "startCharging" });
  }

  #planWeek({ charge, climate }: ComfortState): void {
    if (this.#agreed?.charge === charge.plans && this.#agreed.climate === climate.plans) return;
    this.#agreed = { charge: charge.plans, climate: climate.plans };
    const stop = (): void => this.perform({ kind: "stopCharging" });
    const chargeEnded = (id: number): void => this.#change((state) => ({ ...state, charge: { ...state.charge, plans: done(state.charge.plans, id) } }));
    const climateEnded = (id: number): void => this.#change((state) => ({ ...state, climate: { ...state.climate, plans: done(state.climate.plans, id) } }));
    this.#chargePlans.set(chargeAppointments(charge.plans, () => this.#chargeBySchedule(), stop, chargeEnded));
    this.#climatePlans.set(climateAppointments(climate.plans, READY_MINUTES, () => this.#makeReady(), climateEnded));
  }

  /** For the departure of this day, unless that is a day without. */
  #makeReadyFor(): void {
    const leavesAtS = this.#world.unixS() + READY_MINUTES * 60;
    if (this.#exact.climate.departure?.precondition === "daily" || isWithin(leavesAtS, WEEKDAYS, 0, MINUTES_PER_DAY)) this.#makeReady();
  }

  #makeReady(): void {
    this.#change((state) => ({ ...state, climate: { ...state.climate, on: true } }));
    this.#world.clock.cancel(this.#late);
    this.#late = this.#world.clock.after((READY_MINUTES + LATE_MINUTES) * 60_000, "departure is over", () =>
      this.#change((state) => (state.shift === "park" && state.climate.keeper === "off" ? { ...state, climate: { ...state.climate, ...CLIMATE_OFF } } : state)),
    );
  }

  #change(how: (state: ComfortState) => ComfortState): void {
    const nowMs = this.#world.clock.monotonicMs();
    this.#exact = settled(how(passed(this.#exact, nowMs - this.#atMs)));
    this.#atMs = nowMs;
    this.#plan();
    this.#report();
  }

  #plan(): void {
    this.#world.clock.cancel(this.#next);
    this.#charging.set(this.#exact.charge.scheduled);
    const { departure } = this.#exact.climate;
    this.#departure.set(departure?.precondition === "never" ? undefined : departure, READY_MINUTES);
    this.#planWeek(this.#exact);
    const waitMs = nextLookMs(this.#exact);
    this.#next = waitMs === undefined ? undefined : this.#world.clock.after(waitMs, "comfort", () => this.#change((state) => state));
  }

  #report(): void {
    const state = shown(this.#exact);
    const text = JSON.stringify(state);
    if (text === this.#reported) return;
    this.#reported = text;
    this.#world.report(state);
  }

  #isRecent(atMs: number | undefined): boolean {
    return atMs !== undefined && this.#world.clock.monotonicMs() - atMs < NOTICED_MS;
  }
}

function isSamePin(given: string, kept: string): boolean {
  return equalBytes(utf8Encode(given), utf8Encode(kept));
}

function requireRange(name: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) throw new RangeError(`${name}: ${value} is not from ${min} to ${max}`);
}
