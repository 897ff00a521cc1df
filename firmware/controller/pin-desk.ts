import { utf8Encode } from "../base/index.ts";
import type { PinHashing } from "../access/index.ts";
import { BODY, type Command, type ReasonName } from "../wire/index.ts";
import type { Controller } from "./controller.ts";
import { actorOf, type Request } from "./request.ts";
import type { RequestDesk } from "./request-desk.ts";
import type { Turn } from "./turn.ts";

/** How long the board may take to hash a PIN; then the next one is taken. */
export const PIN_HASH_TIMEOUT_MS = 10_000;

/** Digits a keypad may hand over at once. */
export const KEYPAD_DIGITS_MAX = 16;

/** What waits for its slow hash. `request` undefined: the keypad, which is told nothing. */
interface Waiting {
  readonly number: number;
  readonly dueMs: number;
  readonly request: Request | undefined;
  /** Of a new PIN, how it is hashed; undefined for one that was entered. */
  readonly newPin: PinHashing | undefined;
}

/** Where PINs are set and tried: the slow hash is the board's, one at a time; a try is on record before it is made. */
export class PinDesk {
  private readonly car: Controller;
  private readonly desk: RequestDesk;
  private waiting: Waiting | undefined;
  private count = 0;

  constructor(car: Controller, desk: RequestDesk) {
    this.car = car;
    this.desk = desk;
  }

  get dueMs(): number | undefined {
    return this.waiting?.dueMs;
  }

  /** `setPin`: owners alone, in a session of their own; an empty one switches it off. */
  set(turn: Turn, request: Request, { pin }: Extract<Command, { kind: "setPin" }>): void {
    const planned = this.car.parts.access.planNewPin(request.asker, pin);
    if (!planned.ok) return this.desk.refuse(turn, request, planned.error);
    if (planned.value === undefined) return this.store(turn, request, undefined);
    if (this.waiting !== undefined) return this.desk.refuse(turn, request, "busy");
    this.hash(turn, pin, planned.value, { request, newPin: planned.value });
  }

  /** `enterPin`, or the keypad's digits. */
  enter(turn: Turn, request: Request | undefined, pin: string): void {
    const { access } = this.car.parts;
    if (this.waiting !== undefined) return this.refuse(turn, request, "busy");
    const planned = access.pin.planTry(turn.nowMs);
    if (!planned.ok) return this.refuse(turn, request, planned.error);
    if (!this.car.store(turn, planned.value, [])) return this.refuse(turn, request, "storageFault");
    // Counted as wrong until it has turned out right.
    access.pin.failed(turn.nowMs);
    const { hashing } = access.pin;
    if (hashing === undefined) return this.refuse(turn, request, "wrongPin");
    this.hash(turn, pin, hashing, { request, newPin: undefined });
  }

  /** The board's answer; one that comes too late, or was not asked for, is nothing. */
  hashed(turn: Turn, number: number, hash: Uint8Array | undefined): void {
    const { waiting } = this;
    if (waiting?.number !== number) return;
    this.waiting = undefined;
    const { request, newPin } = waiting;
    if (hash === undefined) return this.refuse(turn, request, "busy");
    if (newPin !== undefined) return this.store(turn, request!, { hash, hashing: newPin });
    const { access } = this.car.parts;
    if (!access.pinMatches(hash)) return this.refuse(turn, request, "wrongPin");
    const actor = request === undefined ? { who: "keypad" } : actorOf(request.asker);
    if (!this.car.store(turn, [access.planPinGood()], [{ what: "enterPin", ...actor, outcome: "done", why: "" }])) return this.refuse(turn, request, "storageFault");
    access.pin.entered(turn.nowMs);
    this.desk.cards.pinEntered(turn);
    if (request !== undefined) this.desk.answer(turn, request, 0);
  }

  /** Time has passed: a board that does not answer keeps nobody waiting for ever. */
  serve(turn: Turn): void {
    if (this.waiting !== undefined && this.waiting.dueMs <= turn.nowMs) this.hashed(turn, this.waiting.number, undefined);
  }

  private hash(turn: Turn, pin: string, { salt, costLog2 }: PinHashing, what: Pick<Waiting, "request" | "newPin">): void {
    this.waiting = { ...what, number: ++this.count, dueMs: turn.nowMs + PIN_HASH_TIMEOUT_MS };
    turn.do({ kind: "hashPin", number: this.count, pin: utf8Encode(pin), salt, costLog2 });
  }

  private store(turn: Turn, request: Request, hashed: { readonly hash: Uint8Array; readonly hashing: PinHashing } | undefined): void {
    const planned = this.car.parts.access.planSetPin(request.asker, hashed);
    if (!planned.ok) return this.desk.refuse(turn, request, planned.error);
    const line = { what: "setPin", ...actorOf(request.asker), outcome: "done", why: hashed === undefined ? "PIN to drive is off" : "PIN to drive is on" } as const;
    this.desk.change(turn, request, { changes: planned.value, line });
  }

  private refuse(turn: Turn, request: Request | undefined, reason: ReasonName): void {
    if (request === undefined) return this.car.recordRefusal(turn, { what: "enterPin", who: "keypad", outcome: "refused", why: reason });
    const waitMs = this.car.parts.access.pin.waitMs(turn.nowMs);
    this.desk.refuse(turn, request, reason, waitMs > 0 ? new Map([[BODY.dueInS, Math.ceil(waitMs / 1000)]]) : undefined);
  }
}
