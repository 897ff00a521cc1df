import type { ControllerEvent, Effect } from "../../firmware/controller/index.ts";
import type { LatchId, VehicleDescription } from "../../firmware/lock/index.ts";
import type { VirtualClock } from "../time/index.ts";
import { Battery, DEFAULT_BATTERY, type BatterySettings } from "./battery.ts";
import { DEFAULT_LATCH, LatchActuator, MOTOR_MILLIAMP, type LatchFault, type LatchSettings } from "./latch-actuator.ts";

/** What a running powertrain puts back into the 12 V battery. */
const CHARGING_MILLIAMP = 20_000;

/** People a car holds. */
export const OCCUPANT_COUNT_MAX = 9;

export type BodyEffect = Extract<Effect, { kind: "driveLatch" | "stopLatch" | "setImmobiliser" }>;

export interface BodyOptions {
  readonly battery?: Partial<BatterySettings>;
  readonly latch?: Partial<LatchSettings>;
}

export interface BodyWorld {
  readonly clock: VirtualClock;
  /** What the car's wires report, in order. */
  emit(event: ControllerEvent): void;
  /** One line for the trace. */
  observe(what: string): void;
}

/** Doors, latches, people, powertrain and supply of one car. Reacts to effects, answers with events; knows no rule of access. */
export class CarBody {
  readonly description: VehicleDescription;
  readonly battery: Battery;
  readonly #world: BodyWorld;
  readonly #latches = new Map<LatchId, LatchActuator>();
  readonly #occupants = new Set<string>();
  #immobiliserReleased = false;
  #limited = false;
  #running = false;
  #moving = false;

  constructor(description: VehicleDescription, world: BodyWorld, options: BodyOptions = {}) {
    this.description = description;
    this.#world = world;
    const quiescentMilliamp = options.battery?.quiescentMilliamp ?? DEFAULT_BATTERY.quiescentMilliamp;
    this.#quiescentMilliamp = quiescentMilliamp;
    this.battery = new Battery(world.clock, { ...DEFAULT_BATTERY, ...options.battery }, (millivolts) =>
      world.emit({ kind: "supplyMeasured", millivolts }),
    );
    const settings = { ...DEFAULT_LATCH, ...options.latch };
    for (const latch of description.latches) {
      this.#latches.set(latch.id, new LatchActuator(latch, {
        clock: world.clock,
        motorMillivolts: () => this.battery.millivoltsUnder(MOTOR_MILLIAMP),
        drew: (milliamp, durationMs) => this.battery.draw(milliamp, durationMs),
        reported: (report) => this.#world.emit({ kind: "latchReported", latch: latch.id, report }),
      }, settings));
    }
  }

  readonly #quiescentMilliamp: number;

  /** Everything a controller that has just started asks its sensors: doors, latches, supply, people, powertrain. */
  reportAll(): void {
    for (const [latch, actuator] of this.#latches) {
      this.#world.emit({ kind: "doorChanged", latch, open: actuator.open });
      if (actuator.description.feedback === "endStop") {
        this.#world.emit({ kind: "latchReported", latch, report: actuator.position });
      }
    }
    this.#world.emit({ kind: "supplyMeasured", millivolts: this.battery.millivolts });
    this.#world.emit({ kind: "occupancyChanged", occupied: this.occupied });
    this.#world.emit({ kind: "powertrainChanged", running: this.#running, moving: this.#moving });
  }

  perform(effect: BodyEffect): void {
    switch (effect.kind) {
      case "driveLatch":
        this.#world.observe(`${effect.latch} driven ${effect.toward}`);
        this.#latch(effect.latch).drive(effect.toward, effect.pulseMs);
        return;
      case "stopLatch":
        this.#latch(effect.latch).stop();
        return;
      case "setImmobiliser":
        this.#immobiliserReleased = effect.released;
        this.#limited = effect.limited;
        this.#world.observe(effect.released ? "immobiliser released" : "immobiliser set");
        return;
    }
  }

  isLocked(latch: LatchId): boolean {
    return this.#latch(latch).position === "locked";
  }

  isOpen(latch: LatchId): boolean {
    return this.#latch(latch).open;
  }

  isMoving(latch: LatchId): boolean {
    return this.#latch(latch).moving;
  }

  get occupied(): boolean {
    return this.#occupants.size > 0;
  }

  get occupants(): ReadonlySet<string> {
    return this.#occupants;
  }

  get running(): boolean {
    return this.#running;
  }

  get moving(): boolean {
    return this.#moving;
  }

  get immobiliserReleased(): boolean {
    return this.#immobiliserReleased;
  }

  /** Whether the released drive is the limited one of valet mode. */
  get limited(): boolean {
    return this.#limited;
  }

  /** Every door, trunk and flap locked and shut. */
  get lockedUp(): boolean {
    return [...this.#latches.values()].every((latch) => latch.position === "locked" && !latch.open);
  }

  setFault(latch: LatchId, fault: LatchFault): void {
    this.#latch(latch).fault = fault;
  }

  /** Somebody outside pulls: opens where it is not locked. Answers whether it is open now. */
  pullOutsideHandle(latch: LatchId): boolean {
    const actuator = this.#latch(latch);
    this.#world.observe(`${latch} outside handle pulled`);
    if (actuator.open) return true;
    if (actuator.position === "locked") return false;
    this.#setOpen(latch, actuator, true);
    return true;
  }

  /** Somebody inside pulls: the mechanics always open, whatever the controller does. */
  pullInsideHandle(latch: LatchId): void {
    const actuator = this.#latch(latch);
    this.#world.observe(`${latch} inside handle pulled`);
    this.#world.emit({ kind: "insideHandlePulled", latch });
    actuator.moveByHand("unlocked");
    this.#setOpen(latch, actuator, true);
  }

  /** Somebody inside pulls a handle that is a switch and moves nothing by itself: whether the door opens is the controller's affair. */
  pullElectricHandle(latch: LatchId): void {
    this.#world.observe(`${latch} electric handle pulled`);
    this.#world.emit({ kind: "insideHandlePulled", latch });
  }

  close(latch: LatchId): void {
    this.#setOpen(latch, this.#latch(latch), false);
  }

  /** Somebody locks or unlocks the mechanical way, with the key blade or the knob. */
  turnByHand(latch: LatchId, toward: "locked" | "unlocked"): void {
    this.#latch(latch).moveByHand(toward);
  }

  /** Gets in through a door that is open. Answers whether that worked. */
  enter(person: string, latch: LatchId): boolean {
    if (!this.#latch(latch).open || this.#occupants.size >= OCCUPANT_COUNT_MAX) return false;
    this.#occupants.add(person);
    if (this.#occupants.size === 1) this.#world.emit({ kind: "occupancyChanged", occupied: true });
    return true;
  }

  /** Gets out through a door, opening it from inside where it is shut. */
  leave(person: string, latch: LatchId): void {
    if (!this.#occupants.has(person)) return;
    if (!this.#latch(latch).open) this.pullInsideHandle(latch);
    this.#occupants.delete(person);
    if (this.#occupants.size === 0) this.#world.emit({ kind: "occupancyChanged", occupied: false });
  }

  /** Somebody inside presses start. Answers whether the powertrain runs. */
  start(): boolean {
    if (this.#running) return true;
    if (!this.#immobiliserReleased || !this.occupied) return false;
    this.#setPowertrain(true, false);
    return true;
  }

  setMoving(moving: boolean): void {
    if (this.#running) this.#setPowertrain(true, moving);
  }

  stopPowertrain(): void {
    if (this.#running) this.#setPowertrain(false, false);
  }

  /** Pulses on the wire of the airbag unit; one event per completed pulse. */
  pulseCrashWire(pulses: number, pulseMs: number, gapMs: number): void {
    const input = this.description.crash?.input;
    if (input === undefined) return;
    for (let i = 0; i < pulses; i++) {
      this.#world.clock.after(i * (pulseMs + gapMs) + pulseMs, "crash pulse", () => this.#world.emit({ kind: "inputPulsed", input, pulseMs }));
    }
  }

  setResetButton(pressed: boolean): void {
    const input = this.description.resetInput;
    if (input !== undefined) this.#world.emit({ kind: "inputChanged", input, active: pressed });
  }

  /** The supply is gone: motors stop, and each latch does what its mechanics do without power. */
  losePower(): void {
    this.#running = false;
    this.#moving = false;
    this.#immobiliserReleased = false;
    for (const actuator of this.#latches.values()) {
      actuator.stop();
      if (actuator.description.onPowerLoss === "locks") actuator.moveByHand("locked");
      if (actuator.description.onPowerLoss === "unlocks") actuator.moveByHand("unlocked");
    }
  }

  #setPowertrain(running: boolean, moving: boolean): void {
    const started = running !== this.#running;
    this.#running = running;
    this.#moving = moving;
    this.#world.observe(running ? (moving ? "drives" : "runs") : "powertrain off");
    this.#world.emit({ kind: "powertrainChanged", running, moving });
    if (started) this.battery.setLoad(running ? -CHARGING_MILLIAMP : this.#quiescentMilliamp);
  }

  #setOpen(latch: LatchId, actuator: LatchActuator, open: boolean): void {
    if (actuator.open === open) return;
    actuator.open = open;
    this.#world.observe(`${latch} ${open ? "opened" : "closed"}`);
    this.#world.emit({ kind: "doorChanged", latch, open });
  }

  #latch(latch: LatchId): LatchActuator {
    const actuator = this.#latches.get(latch);
    if (actuator === undefined) throw new RangeError(`this car has no latch ${latch}`);
    return actuator;
  }
}
