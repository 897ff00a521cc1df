import { COMFORT_RIGHT, PIN_ORDERS, refusalOf, type ComfortOrder } from "../comfort/index.ts";
import { actionResponse, pingResponse, readAction, vehicleDataResponse, type Category, type VehicleFacts } from "../tesla/index.ts";
import type { Closures } from "../tesla/index.ts";
import type { AuditDraft } from "./ledger.ts";
import { PinOrders } from "./pin-orders.ts";
import type { TeslaDesk, TeslaRequest } from "./tesla-desk.ts";
import { faultOf } from "./tesla-words.ts";
import type { Turn } from "./turn.ts";

/** What clients are told where a car has no such systems, or knows no such action. */
const NOT_AVAILABLE = "not available";
const UNSUPPORTED = "unsupported";
const INVALID_PIN = "invalid_pin";

/** The infotainment domain: orders to the comfort systems, and what clients poll. Each request has one answer. */
export class TeslaInfotainment {
  readonly pins = new PinOrders();
  private readonly tesla: TeslaDesk;

  constructor(tesla: TeslaDesk) {
    this.tesla = tesla;
  }

  serve(turn: Turn, request: TeslaRequest): void {
    const wanted = readAction(this.tesla.options.codec, request.payload, this.tesla.car.comfort.state);
    switch (wanted?.kind) {
      case undefined:
        return this.tesla.refuse(turn, request, "decoding");
      case "tooMuch":
        return this.tesla.refuse(turn, request, "responseMtuExceeded");
      case "read":
        return this.read(turn, request, wanted.category);
      case "ping":
        if (!this.tesla.mayDo(turn, request, "status", "ping")) return;
        return this.tesla.answer(turn, request, pingResponse(this.tesla.options.codec, wanted.ping, this.unixS(turn)));
      case "orders":
        return this.order(turn, request, wanted.orders, (later, refusal) => this.say(later, request, refusal));
      case "valet":
        return this.setValetMode(turn, request, wanted.on);
      case "pinToDrive":
        return this.setPinToDrive(turn, request, wanted.on ? (wanted.pin ?? NO_PIN) : "");
      case "resetPin":
        return this.resetPin(turn, request, wanted.of);
      case "unknown":
        return this.say(turn, request, UNSUPPORTED);
    }
  }

  /** Orders of one kind, all of them or none; `answer` hears why not, where the key has the right to them: at once, but of a PIN when it was compared. */
  order(turn: Turn, request: TeslaRequest, orders: readonly ComfortOrder[], answer: (turn: Turn, refusal: string | undefined) => void): void {
    const { car } = this.tesla;
    const what = orders[0]!.kind;
    if (!this.tesla.mayDo(turn, request, COMFORT_RIGHT[what], what)) return;
    const { state } = car.comfort;
    const refusal = state === undefined ? NOT_AVAILABLE : orders.map((order) => refusalOf(state, order)).find((why) => why !== undefined);
    const who = request.signer!.keyId;
    const refuse = (later: Turn, why: string): void => {
      car.recordRefusal(later, { what, who, outcome: "refused", why });
      answer(later, why);
    };
    if (refusal !== undefined) return refuse(turn, refusal);
    const done: AuditDraft = { what, who, outcome: "done", why: "" };
    if ((PIN_ORDERS as readonly string[]).includes(what)) {
      if (this.pins.isFull) return this.tesla.refuse(turn, request, "busy");
      if (!car.store(turn, [], [{ ...done, outcome: "info", why: "if its PIN is right" }])) return this.tesla.refuse(turn, request, faultOf("storageFault"));
      const number = this.pins.begin(turn, (later, right) => {
        if (right !== true) return refuse(later, right === false ? INVALID_PIN : NOT_AVAILABLE);
        // It is done: without the line, what was written before it must do.
        if (!car.store(later, [], [done])) car.noteLine(later, done);
        answer(later, undefined);
      });
      return turn.do({ kind: "comfort", order: orders[0]!, number });
    }
    if (!car.store(turn, [], [done])) return this.tesla.refuse(turn, request, faultOf("storageFault"));
    for (const order of orders) turn.do({ kind: "comfort", order });
    answer(turn, undefined);
  }

  private read(turn: Turn, request: TeslaRequest, category: Category): void {
    if (!this.tesla.mayDo(turn, request, category === "location" ? "readPosition" : "status", category)) return;
    this.tesla.answer(turn, request, vehicleDataResponse(this.tesla.options.codec, category, this.facts(turn)));
  }

  /** The car's own valet mode, which has no PIN: owners end it. */
  private setValetMode(turn: Turn, request: TeslaRequest, on: boolean): void {
    this.tesla.serveCommand(turn, request, { kind: "valetMode", on }, (later, reason) => {
      if (reason === undefined) return this.say(later, request, undefined);
      if (reason === "nothingToDo") return this.say(later, request, on ? "already on" : "already off");
      this.tesla.refuse(later, request, faultOf(reason));
    });
  }

  /** Owners need no PIN to be rid of one; valet mode has none here. */
  private resetPin(turn: Turn, request: TeslaRequest, of: "valet" | "drive" | "driveByOwner"): void {
    if (of !== "valet") return this.setPinToDrive(turn, request, "");
    if (this.tesla.mayDo(turn, request, "valetMode", "resetPin")) this.say(turn, request, undefined);
  }

  /** The native dialect's PIN to drive; empty: none, which is well where there was none. */
  private setPinToDrive(turn: Turn, request: TeslaRequest, pin: string): void {
    this.tesla.serveCommand(turn, request, { kind: "setPin", pin }, (later, reason) => {
      if (reason === undefined || reason === "nothingToDo") return this.say(later, request, undefined);
      if (reason === "weakPin") return this.say(later, request, INVALID_PIN);
      this.tesla.refuse(later, request, faultOf(reason));
    });
  }

  private say(turn: Turn, request: TeslaRequest, refusal: string | undefined): void {
    this.tesla.answer(turn, request, actionResponse(this.tesla.options.codec, refusal));
  }

  private facts(turn: Turn): VehicleFacts {
    const { car, doors } = this.tesla;
    const { fix } = car.position;
    const open = doors.openClosures();
    const is = (closure: keyof Closures): boolean => open.has(closure);
    return {
      comfort: car.comfort.state,
      open: {
        driverFront: is("frontDriverDoor"),
        driverRear: is("rearDriverDoor"),
        passengerFront: is("frontPassengerDoor"),
        passengerRear: is("rearPassengerDoor"),
        frontTrunk: is("frontTrunk"),
        rearTrunk: is("rearTrunk"),
      },
      locked: car.lock.areDoorsLocked(),
      userPresent: car.lock.isOccupied,
      remoteStart: car.lock.isDriveReleased,
      valet: car.parts.access.settings.valetMode,
      position: fix && { latitudeDeg: fix.latitudeDeg, longitudeDeg: fix.longitudeDeg, ageS: Math.floor((turn.nowMs - fix.atMs) / 1000) },
      nowS: this.unixS(turn),
    };
  }

  private unixS(turn: Turn): number | undefined {
    return this.tesla.car.parts.access.nowS(turn.nowMs);
  }
}

/** What stands for a PIN that is to be set and was not given: the access room refuses it as weak, where an empty one would switch the PIN off. */
const NO_PIN = "-";
