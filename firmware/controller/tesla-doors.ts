import { equalBytes } from "../base/index.ts";
import { CLOSURE, INFORMATION, LOCK_STATE, MOVE, NOMINAL, PRESENCE, RKE, SLEEP, type Closures, type FromVcsecMessage, type VehicleStatus } from "../tesla/index.ts";
import type { LatchDescription, LatchId } from "../lock/index.ts";
import type { Command, ReasonName } from "../wire/index.ts";
import type { TeslaDesk, TeslaRequest } from "./tesla-desk.ts";
import { faultOf } from "./tesla-words.ts";
import type { Turn } from "./turn.ts";

/** Refusals that this dialect has a word of its own for; the others are faults. */
const NOMINAL_OF: Partial<Record<ReasonName, number>> = {
  doorOpen: NOMINAL.closuresOpen,
  keyInside: NOMINAL.disabled,
  jammed: NOMINAL.disabled,
  lowSupply: NOMINAL.disabled,
  inMotion: NOMINAL.notInPark,
  pinRequired: NOMINAL.unauthorized,
  notInside: NOMINAL.unauthorized,
};

/** The closures of the dialect, by the VSS branches of a car's latches. */
const CLOSURE_OF: Readonly<Record<string, keyof Closures>> = {
  "Vehicle.Cabin.Door.Row1.DriverSide": "frontDriverDoor",
  "Vehicle.Cabin.Door.Row1.PassengerSide": "frontPassengerDoor",
  "Vehicle.Cabin.Door.Row2.DriverSide": "rearDriverDoor",
  "Vehicle.Cabin.Door.Row2.PassengerSide": "rearPassengerDoor",
};
const CLOSURE_OF_KIND: Partial<Record<LatchDescription["kind"], keyof Closures>> = { trunk: "rearTrunk", frontTrunk: "frontTrunk", hood: "frontTrunk", chargePort: "chargePort" };

/** How the car was: as a payload, as the message that tells it, and of which state. */
interface Told {
  readonly payload: Uint8Array;
  readonly message: Uint8Array;
  readonly of: object;
}

/** The vehicle security domain but for its keys: remote keyless actions, closures, and how the car is. */
export class TeslaDoors {
  private readonly tesla: TeslaDesk;
  /** The latches of the car that the dialect has a name for. */
  private readonly closures: readonly { readonly latch: LatchId; readonly name: keyof Closures }[];
  /** What was broadcast last. */
  private told: Told | undefined;

  constructor(tesla: TeslaDesk) {
    this.tesla = tesla;
    this.closures = tesla.car.parts.description.latches.flatMap(({ id, vssPath, kind }) => {
      const name = CLOSURE_OF[vssPath] ?? CLOSURE_OF_KIND[kind];
      return name === undefined ? [] : [{ latch: id, name }];
    });
  }

  serve(turn: Turn, request: TeslaRequest): void {
    const message = this.tesla.options.codec.decode("UnsignedMessage", request.payload);
    if (message === undefined) return this.tesla.refuse(turn, request, "decoding");
    const { informationRequest, rkeAction, closureMoveRequest, whitelistOperation } = message;
    if (informationRequest !== undefined) {
      const type = informationRequest.informationRequestType ?? INFORMATION.status;
      if (type === INFORMATION.status) return this.say(turn, request, { vehicleStatus: this.status() });
      return this.tesla.keys.list(turn, request, type, informationRequest);
    }
    if (whitelistOperation !== undefined) return this.tesla.keys.change(turn, request, whitelistOperation);
    if (rkeAction !== undefined) return this.keyless(turn, request, rkeAction);
    if (closureMoveRequest !== undefined) return this.move(turn, request, closureMoveRequest);
    this.tesla.refuse(turn, request, "invalidCommand");
  }

  /** Something that is no part of the lock has changed: it is looked at again at the end of this turn. */
  lookAgain(): void {
    if (this.told !== undefined) this.told = { ...this.told, of: this };
  }

  /** Broadcasts how the car is, where that has changed. */
  tellChanges(turn: Turn): void {
    if (!this.tesla.hasLinks()) {
      this.told = undefined;
      return;
    }
    const before = this.told;
    this.told = this.look();
    if (before !== undefined && this.told.message !== before.message) this.tesla.broadcast(turn, this.told.message);
  }

  /** The closures that stand open, the flap over the charging socket among them. */
  openClosures(): ReadonlySet<keyof Closures> {
    const { car } = this.tesla;
    const open = new Set<keyof Closures>();
    for (const { latch, name } of this.closures) if (car.lock.isOpen(latch)) open.add(name);
    if (car.comfort.state?.charge.portOpen === true) open.add("chargePort");
    return open;
  }

  /** How the car is, in words of this dialect. */
  status(): VehicleStatus {
    const { car, sessions } = this.tesla;
    const closureStatuses: Partial<Record<keyof Closures, number>> = {};
    for (const name of this.openClosures()) closureStatuses[name] = CLOSURE.open;
    return {
      closureStatuses,
      vehicleLockState: car.lock.areDoorsLocked() ? LOCK_STATE.locked : undefined,
      // Clients begin with infotainment as soon as they hear that it is awake: while it boots it is not.
      vehicleSleepStatus: sessions.infotainment === "awake" ? SLEEP.awake : SLEEP.asleep,
      userPresence: car.lock.isOccupied ? PRESENCE.present : PRESENCE.notPresent,
    };
  }

  private keyless(turn: Turn, request: TeslaRequest, action: number): void {
    switch (action) {
      case RKE.unlock:
        return this.act(turn, request, { kind: "unlock" });
      case RKE.lock:
      case RKE.autoSecure:
        return this.act(turn, request, { kind: "lock", forced: false });
      case RKE.remoteDrive:
        return this.act(turn, request, { kind: "drive" });
      case RKE.wake:
        if (!this.tesla.mayDo(turn, request, "status", "wake")) return;
        turn.do({ kind: "wakeInfotainment" });
        return this.woken(turn, request);
      default:
        return this.tesla.refuse(turn, request, "invalidCommand");
    }
  }

  /** One closure moves at a time, and the car's motors only let go of latches: what is to be shut is shut by hand. */
  private move(turn: Turn, request: TeslaRequest, wanted: Closures): void {
    const moves = (Object.entries(wanted) as [keyof Closures, number][]).filter(([, how]) => how !== MOVE.none);
    const [first] = moves;
    if (moves.length !== 1 || first === undefined) return this.tesla.refuse(turn, request, "invalidCommand");
    const [name, how] = first;
    if (name === "rearTrunk" && (how === MOVE.move || how === MOVE.open)) return this.act(turn, request, { kind: "trunk" });
    if (name === "chargePort" && how !== MOVE.stop) return this.moveChargePort(turn, request, how);
    if (!this.tesla.mayDo(turn, request, "trunk", "closure")) return;
    this.say(turn, request, { nominalError: { genericError: NOMINAL.disabled } });
  }

  /** The flap over the charging socket is the comfort systems'. */
  private moveChargePort(turn: Turn, request: TeslaRequest, how: number): void {
    const isOpen = this.tesla.car.comfort.state?.charge.portOpen === true;
    const open = how === MOVE.open || (how === MOVE.move && !isOpen);
    this.tesla.infotainment.order(turn, request, [{ kind: open ? "openChargePort" : "closeChargePort" }], (later, refusal) => {
      if (refusal === undefined || refusal.startsWith("already")) return this.done(later, request);
      this.say(later, request, { nominalError: { genericError: NOMINAL.disabled } });
    });
  }

  private act(turn: Turn, request: TeslaRequest, command: Extract<Command, { kind: "unlock" | "lock" | "drive" | "trunk" }>): void {
    this.tesla.serveCommand(turn, request, command, (later, reason) => {
      if (reason === undefined || reason === "nothingToDo") return this.done(later, request);
      const genericError = NOMINAL_OF[reason];
      if (genericError === undefined) return this.tesla.refuse(later, request, faultOf(reason));
      this.say(later, request, { nominalError: { genericError } });
    });
  }

  /** How the car is, as the answer and at once as a broadcast: some clients wait for the one, some for the other. None takes a second answer well. */
  private done(turn: Turn, request: TeslaRequest): void {
    this.told = this.look();
    this.tesla.answer(turn, request, this.told.payload);
    this.tesla.broadcast(turn, this.told.message);
  }

  /** Some clients take a car that tells of its closures for awake. */
  private woken(turn: Turn, request: TeslaRequest): void {
    if (this.tesla.sessions.infotainment === "awake") return this.done(turn, request);
    this.told = this.look();
    const payload = this.encode({ vehicleStatus: { ...this.status(), closureStatuses: undefined } });
    this.tesla.answer(turn, request, payload);
    this.tesla.broadcast(turn, this.tesla.sessions.broadcast(payload));
  }

  /** How the car is now; the same message where that is as it was. */
  private look(): Told {
    const of = this.tesla.car.lock.appearance;
    if (this.told?.of === of) return this.told;
    const payload = this.encode({ vehicleStatus: this.status() });
    if (this.told !== undefined && equalBytes(payload, this.told.payload)) return { payload, message: this.told.message, of };
    return { payload, message: this.tesla.sessions.broadcast(payload), of };
  }

  private say(turn: Turn, request: TeslaRequest, message: FromVcsecMessage): void {
    this.tesla.answer(turn, request, this.encode(message));
  }

  private encode(message: FromVcsecMessage): Uint8Array {
    return this.tesla.options.codec.encode("FromVcsecMessage", message);
  }
}
