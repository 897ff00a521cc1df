import { EffectPump, type ControllerEvent, type Effect, type LinkId, type Note, type Proximity, type ReaderId, type SlotEffect } from "../../firmware/controller/index.ts";
import type { ClockPort } from "../../firmware/ports/index.ts";
import { locate, type Air, type Antenna, type LinkEnd, type Radio } from "../air/index.ts";
import type { CarBody } from "../body/index.ts";
import type { FrameCarrier } from "../phone/index.ts";
import type { RangingRadio } from "../ranging/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";
import { BoardRadio } from "./board-radio.ts";
import type { Booted, WorldFlash } from "./controller-like.ts";

/** What a flash takes to make data durable. */
export const SYNC_MS = 6;

/** What the slow hash of a PIN takes on a small board. */
export const PIN_HASH_MS = 400;

/** Notes a board keeps for showing. */
export const NOTE_COUNT_MAX = 500;

/** Below it the controller's processor stops. */
export const BROWN_OUT_MILLIVOLTS = 6_000;

/** A code on the car's own console, while one is shown. */
export interface ShownClaim {
  readonly uri: string;
  readonly expiresAtMs: number;
}

export interface TimedNote {
  readonly atMs: number;
  readonly note: Note;
}

export interface BoardParts {
  readonly clock: VirtualClock;
  readonly air: Air;
  readonly antennas: readonly Antenna[];
  readonly flash: WorldFlash;
  readonly body: CarBody;
  askCard(reader: ReaderId, command: Uint8Array): void;
  /** What stands for the slow hash in a world, where slowness is virtual time. */
  hashPin(pin: Uint8Array, salt: Uint8Array): Uint8Array;
  readonly ranging?: RangingRadio;
  /** Absent on a board that runs one program from start to end. */
  slotTask?(effect: SlotEffect): void;
  /** One line for the trace. */
  observe(what: string, bytes?: Uint8Array): void;
  noted(note: Note): void;
}

/**
 * The board of a virtual car: hands radio and wires to the controller, one event at a time, and performs its effects in order.
 * Everything in it but the flash is lost when the power goes.
 */
export class Board {
  readonly radio: BoardRadio;
  readonly #parts: BoardParts;
  readonly #bootMs: number;
  readonly #links = new Map<LinkId, FrameCarrier>();
  readonly #idOf = new Map<FrameCarrier, LinkId>();
  readonly #zones = new Map<LinkId, string>();
  readonly #notes: TimedNote[] = [];
  #pump: EffectPump | undefined;
  #booted: Booted | undefined;
  #nextLink = 1;
  #wake: Task | undefined;
  #claim: ShownClaim | undefined;
  #on = true;

  constructor(parts: BoardParts, radio: Radio) {
    this.#parts = parts;
    const { clock, air, observe } = parts;
    const lost = (): void => [...this.#idOf.keys()].filter((carrier) => "peer" in carrier).forEach((end) => this.linkClosed(end));
    this.radio = new BoardRadio(radio, { clock, air, observe, lost });
    this.#bootMs = parts.clock.monotonicMs();
  }

  /** Monotonic time of this boot, for the controller. */
  get clockPort(): ClockPort {
    return { monotonicMs: () => this.#parts.clock.monotonicMs() - this.#bootMs };
  }

  get controller(): Booted["controller"] {
    if (this.#booted === undefined) throw new RangeError("the board has not started");
    return this.#booted.controller;
  }

  get claim(): ShownClaim | undefined {
    return this.#claim;
  }

  get notes(): readonly TimedNote[] {
    return this.#notes;
  }

  start(booted: Booted): void {
    this.#booted = booted;
    this.radio.watchBy(booted.watchRadio);
    this.#pump = new EffectPump(booted.controller, {
      perform: (effect) => this.#perform(effect),
      sync: (done) => this.#sync(done),
    });
    this.#pump.start(booted.effects);
    this.#parts.body.reportAll();
  }

  /** One event for the controller; nothing happens on a board without power. */
  dispatch(event: ControllerEvent): void {
    if (!this.#on || this.#pump === undefined) return;
    const traced = event.kind === "frameReceived" ? event.bytes : undefined;
    this.#parts.observe(describeEvent(event), traced);
    this.#pump.dispatch(event);
  }

  /** Effects that answer no event: a cloud-dependent controller gets its orders from elsewhere. */
  performLater(effects: readonly Effect[]): void {
    if (this.#on) this.#pump?.start(effects);
  }

  linkOpened(end: LinkEnd): void {
    if (!this.#on) return;
    this.#open(end, "local", end.peer.dialect);
    this.peerMoved(end);
  }

  /** A link that proves no proximity: frames that a courier brings. */
  remoteLinkOpened(carrier: FrameCarrier): void {
    if (this.#on) this.#open(carrier, "remote");
  }

  #open(carrier: FrameCarrier, proximity: Proximity, dialect?: "tesla"): void {
    const link = this.#nextLink++;
    this.#links.set(link, carrier);
    this.#idOf.set(carrier, link);
    this.dispatch({ kind: "linkOpened", link, attPayloadBytes: carrier.attPayloadBytes, proximity, ...(dialect && { dialect }) });
  }

  received(end: FrameCarrier, bytes: Uint8Array): void {
    const link = this.#idOf.get(end);
    if (link !== undefined) this.dispatch({ kind: "frameReceived", link, bytes });
  }

  linkClosed(end: FrameCarrier): void {
    const link = this.#idOf.get(end);
    if (link === undefined) return;
    this.#idOf.delete(end);
    this.#links.delete(link);
    this.#zones.delete(link);
    this.#parts.ranging?.stop(link);
    this.dispatch({ kind: "linkClosed", link });
  }

  /** Looks where the device is now; the controller hears of it when the zone changed. */
  peerMoved(end: LinkEnd): void {
    const link = this.#idOf.get(end);
    if (link === undefined) return;
    const zone = locate(this.#parts.air, this.#parts.antennas, end.peer);
    if (this.#zones.get(link) === zone) return;
    this.#zones.set(link, zone);
    this.dispatch({ kind: "deviceLocated", link, zone });
  }

  /** Stops for good: timers die, links end, what the flash had not made durable is gone. */
  losePower(): void {
    if (!this.#on) return;
    this.#on = false;
    this.#parts.clock.cancel(this.#wake);
    this.radio.losePower();
    this.#parts.ranging?.stopAll();
    this.#parts.flash.losePower();
    this.#claim = undefined;
  }

  #sync(done: () => void): void {
    this.#parts.clock.after(SYNC_MS, "flash sync", () => {
      if (!this.#on) return;
      this.#parts.flash.sync();
      done();
    });
  }

  #perform(effect: Exclude<Effect, { kind: "commit" }>): void {
    if (!this.#on) return;
    switch (effect.kind) {
      case "send":
        this.#parts.observe("send", effect.bytes);
        this.#links.get(effect.link)?.send(effect.bytes);
        return;
      case "closeLink":
        this.#links.get(effect.link)?.close();
        return;
      case "advertise":
        this.#parts.observe("advertise", effect.identity);
        this.radio.advertise({ identity: effect.identity, connectable: effect.connectable });
        return;
      case "driveLatch":
      case "stopLatch":
      case "setImmobiliser":
        this.#parts.body.perform(effect);
        return;
      case "askCard":
        this.#parts.observe("ask card", effect.bytes);
        this.#parts.askCard(effect.reader, effect.bytes);
        return;
      case "releaseCard":
      case "showKeyRequest":
      case "hideKeyRequest":
      case "wakeInfotainment":
      case "comfort":
        return;
      case "hashPin":
        this.#parts.clock.after(PIN_HASH_MS, "PIN hashed", () => this.dispatch({ kind: "pinHashed", number: effect.number, hash: this.#parts.hashPin(effect.pin, effect.salt) }));
        return;
      case "wakeAt":
        this.#parts.clock.cancel(this.#wake);
        this.#wake = effect.atMs === undefined ? undefined
          : this.#parts.clock.at(this.#bootMs + effect.atMs, "wake", () => this.dispatch({ kind: "woke" }));
        return;
      case "showClaim":
        this.#claim = { uri: effect.uri, expiresAtMs: effect.expiresAtMs };
        return;
      case "hideClaim":
        this.#claim = undefined;
        return;
      case "startRanging":
        this.#startRanging(effect.link, effect.binding);
        return;
      case "note":
        this.#note(effect.note);
        return;
      case "writeSlot":
      case "checkSlot":
      case "armTrial":
      case "confirmTrial":
      case "restartForTrial":
        this.#parts.slotTask?.(effect);
        return;
    }
  }

  #startRanging(link: LinkId, binding: Uint8Array): void {
    for (const [carrier, id] of this.#idOf) {
      if (id === link && "peer" in carrier) this.#parts.ranging?.start(link, (carrier as LinkEnd).peer, binding);
    }
  }

  #note(note: Note): void {
    this.#notes.push({ atMs: this.#parts.clock.monotonicMs(), note });
    if (this.#notes.length > NOTE_COUNT_MAX) this.#notes.shift();
    this.#parts.observe(`note ${note.what} ${note.who} ${note.outcome} ${note.why}`);
    this.#parts.noted(note);
  }
}

function describeEvent(event: ControllerEvent): string {
  switch (event.kind) {
    case "doorChanged":
      return `event ${event.kind} ${event.latch} ${event.open}`;
    case "latchReported":
      return `event ${event.kind} ${event.latch} ${event.report}`;
    case "deviceLocated":
      return `event ${event.kind} ${event.zone}`;
    case "rangeMeasured":
      return `event ${event.kind} ${event.measurement.kind} ${event.measurement.metres.toFixed(2)}`;
    case "supplyMeasured":
      return `event ${event.kind} ${event.millivolts}`;
    case "powertrainChanged":
      return `event ${event.kind} ${event.running} ${event.moving}`;
    case "timeReported":
      return `event ${event.kind} ${event.source} ${event.unixS}`;
    case "inputPulsed":
      return `event ${event.kind} ${event.input} ${event.pulseMs}`;
    case "inputChanged":
      return `event ${event.kind} ${event.input} ${event.active}`;
    case "occupancyChanged":
      return `event ${event.kind} ${event.occupied}`;
    case "cardEntered":
      return `event ${event.kind} ${event.place}`;
    case "positionReported":
    case "listCarried":
    case "cardAnswered":
    case "cardLeft":
    case "keypadEntered":
    case "pinHashed":
    case "linkOpened":
    case "linkUsed":
    case "attPayloadChanged":
    case "frameReceived":
    case "linkClosed":
    case "insideHandlePulled":
    case "claimRequested":
    case "keyRequestAnswered":
    case "comfortReported":
    case "comfortPinChecked":
    case "infotainmentChanged":
    case "claimCancelled":
    case "releaseStarted":
    case "updateOffered":
    case "updatePieceArrived":
    case "slotWritten":
    case "slotChecked":
    case "slotFailed":
    case "trialArmed":
    case "trialConfirmed":
    case "woke":
      return `event ${event.kind}`;
  }
}
