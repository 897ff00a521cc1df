import { bootController, EffectPump, type BootFailure, type BootReport, type CardPlace, type Controller, type ControllerEvent, type Effect, type EffectPerformer, type Note, type Pumped, type SlotEffect, type TeslaOptions, type UpdateSettings } from "../../firmware/controller/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import type { CryptoPort, FlashPort, RandomPort } from "../../firmware/ports/index.ts";
import { virtualCarDescription } from "../body/index.ts";
import type { WiredKeyParts } from "./wired-key.ts";

/** MTU 247, as phones negotiate it. */
export const ATT_PAYLOAD_BYTES = 244;

/** A controller that asks more often than this to be woken without time passing keeps its processor busy for ever. */
const WAKES_AT_ONCE_MAX = 1000;

/** What answers to a reader's commands. */
export interface TappedCard {
  answer(command: Uint8Array): Uint8Array | undefined;
  /** How long it takes over the answer to `command` (default 180 ms). */
  answerMs?(command: Uint8Array): number;
}

/** Who is at the other end of a link. */
export interface WiredPeer {
  receive(bytes: Uint8Array): void;
  /** The link is gone. */
  lost(): void;
}

const READER = 1;

export interface WiredCarParts {
  readonly crypto: CryptoPort;
  readonly flash: FlashPort;
  /** Chance of each boot, so that no nonce of one comes again in another. */
  readonly randomOfBoot: (boot: number) => RandomPort;
  readonly description?: Partial<VehicleDescription>;
  readonly update?: UpdateSettings;
  readonly tesla?: TeslaOptions;
  /** What a phone of that name is made of; without it nobody can be invited by name. */
  readonly keyParts?: (name: string) => WiredKeyParts;
  /** Puts another controller in the place of the one that booted: for showing that a check notices a guard taken out. */
  readonly rebuild?: (controller: Controller) => Controller;
  readonly createPump?: (controller: Pumped, performer: EffectPerformer) => EffectPump;
  /** Called when the flash is to be made durable. */
  readonly sync?: (flash: FlashPort) => void;
}

/** A controller on a bench: its clock is turned by hand, its latches do what they are told, its effects are kept for looking at. */
export class WiredCar {
  readonly performed: Effect[] = [];
  readonly notes: Note[] = [];
  readonly description: VehicleDescription;
  nowMs = 0;
  wakeAtMs: number | undefined;
  claim: string | undefined;
  /** When false, driven latches report nothing. */
  latchesAnswer = true;
  /** When false, the hash of a PIN never comes. */
  pinsAreHashed = true;
  /** When true, syncs of the flash are not answered before {@link answerSync}. */
  flashHangs = false;
  syncCount = 0;
  report!: BootReport;
  flash: FlashPort;
  controller!: Controller;
  private pump!: EffectPump;
  /** Does what the controller wants done with the firmware's slots; without it the car has none. */
  onSlotEffect: ((effect: SlotEffect) => void) | undefined;
  onNote: ((note: Note) => void) | undefined;
  private readonly parts: WiredCarParts;
  private readonly links = new Map<number, WiredPeer>();
  private nextLink = 1;
  private bootCount = 0;
  private readonly tapped = new Map<number, { readonly card: TappedCard; readonly answerMs: number | undefined }>();
  private heldSync: (() => void) | undefined;
  private readonly outbox: (() => void)[] = [];

  constructor(parts: WiredCarParts) {
    this.parts = parts;
    this.flash = parts.flash;
    this.description = virtualCarDescription({ walkAwayEnabled: false, ...parts.description });
    const failure = this.restart();
    if (failure !== undefined) throw new RangeError(`the car does not start: ${failure.detail}`);
  }

  /** Boots on what the flash holds, or another one; links of the time before are gone. */
  restart(flash: FlashPort = this.flash): BootFailure | undefined {
    for (const peer of this.links.values()) peer.lost();
    this.links.clear();
    this.heldSync = undefined;
    this.outbox.length = 0;
    this.wakeAtMs = undefined;
    this.claim = undefined;
    this.flash = flash;
    const { crypto, randomOfBoot, rebuild, createPump, update, tesla } = this.parts;
    const ports = { crypto, flash, random: randomOfBoot(this.bootCount++), clock: { monotonicMs: () => this.nowMs } };
    const booted = bootController(ports, { description: this.description, ...(update && { update }), ...(tesla && { tesla }) });
    if (!booted.ok) return booted.error;
    this.report = booted.value.report;
    const rebuilt = rebuild?.(booted.value.controller);
    this.controller = rebuilt ?? booted.value.controller;
    const performer: EffectPerformer = { perform: (effect) => this.perform(effect), sync: (done) => this.sync(done) };
    this.pump = createPump?.(this.controller, performer) ?? new EffectPump(this.controller, performer);
    this.pump.start(rebuilt?.start() ?? booted.value.effects);
    for (const { id } of this.description.latches) {
      this.tell({ kind: "doorChanged", latch: id, open: false });
      this.tell({ kind: "latchReported", latch: id, report: "locked" });
    }
    this.tell({ kind: "powertrainChanged", running: false, moving: false });
    this.tell({ kind: "supplyMeasured", millivolts: 12_600 });
    return undefined;
  }

  keyParts(name: string): WiredKeyParts {
    if (this.parts.keyParts === undefined) throw new RangeError(`nothing is known of which a phone ${name} could be made`);
    return this.parts.keyParts(name);
  }

  tell(event: ControllerEvent): void {
    this.pump.dispatch(event);
    this.deliver();
  }

  /** Turns the clock; the controller is woken whenever it asked to be. */
  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    let wakesAtOnce = 0;
    while (this.wakeAtMs !== undefined && this.wakeAtMs <= endMs) {
      wakesAtOnce = this.wakeAtMs > this.nowMs ? 0 : wakesAtOnce + 1;
      if (wakesAtOnce > WAKES_AT_ONCE_MAX) throw new RangeError("the controller wants to be woken for ever at one moment");
      this.nowMs = Math.max(this.nowMs, this.wakeAtMs);
      this.wakeAtMs = undefined;
      this.tell({ kind: "woke" });
    }
    this.nowMs = endMs;
    this.tell({ kind: "woke" });
  }

  /** Holds a card to a reader and takes it away again. */
  tap(card: TappedCard, options: { readonly place?: CardPlace; readonly answerMs?: number } = {}): void {
    this.holdCard(card, options);
    this.takeCardAway();
  }

  /** Holds a card to a reader. A card that answers undefined has left in the middle, or says nothing. */
  holdCard(card: TappedCard, { place = "outside", answerMs }: { readonly place?: CardPlace; readonly answerMs?: number } = {}): void {
    this.tapped.set(READER, { card, answerMs });
    this.tell({ kind: "cardEntered", reader: READER, place });
  }

  takeCardAway(): void {
    this.tapped.delete(READER);
    this.tell({ kind: "cardLeft", reader: READER });
  }

  attach(peer: WiredPeer, options: { readonly attPayloadBytes?: number; readonly proximity?: "local" | "remote"; readonly dialect?: "tesla" } = {}): number {
    const link = this.nextLink++;
    this.links.set(link, peer);
    const { attPayloadBytes = ATT_PAYLOAD_BYTES, proximity = "local", dialect } = options;
    this.tell({ kind: "linkOpened", link, attPayloadBytes, proximity, ...(dialect && { dialect }) });
    return link;
  }

  detach(link: number): void {
    if (this.links.delete(link)) this.tell({ kind: "linkClosed", link });
  }

  /** Every effect of one kind so far. */
  effects<K extends Effect["kind"]>(kind: K): readonly Extract<Effect, { kind: K }>[] {
    return this.performed.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
  }

  latch(id: string): string {
    const path = `Vehicle.Private.Access.Latch.${id.charAt(0).toUpperCase()}${id.slice(1)}.State`;
    return String(this.controller.status().get(path));
  }

  /** The flash that hung has done its work. */
  answerSync(): void {
    const done = this.heldSync;
    this.heldSync = undefined;
    done?.();
    this.deliver();
  }

  get queueLength(): number {
    return this.pump.queueLength;
  }

  private sync(done: () => void): void {
    this.syncCount++;
    const answer = (): void => {
      this.parts.sync?.(this.flash);
      this.performed.push({ kind: "commit" });
      done();
    };
    if (this.flashHangs) this.heldSync = answer;
    else answer();
  }

  private perform(effect: Effect): void {
    this.performed.push(effect);
    switch (effect.kind) {
      case "send": {
        const peer = this.links.get(effect.link);
        if (peer !== undefined) this.outbox.push(() => peer.receive(effect.bytes));
        return;
      }
      case "closeLink": {
        const peer = this.links.get(effect.link);
        this.links.delete(effect.link);
        this.outbox.push(() => {
          peer?.lost();
          if (peer !== undefined) this.tell({ kind: "linkClosed", link: effect.link });
        });
        return;
      }
      case "driveLatch":
        if (this.latchesAnswer) this.outbox.push(() => this.tell({ kind: "latchReported", latch: effect.latch, report: effect.toward }));
        return;
      case "askCard": {
        const tapped = this.tapped.get(effect.reader);
        if (tapped === undefined) return;
        const bytes = tapped.card.answer(effect.bytes);
        const elapsedMs = tapped.answerMs ?? tapped.card.answerMs?.(effect.bytes) ?? 180;
        if (bytes !== undefined) this.outbox.push(() => this.tell({ kind: "cardAnswered", reader: effect.reader, bytes, elapsedMs }));
        return;
      }
      case "hashPin":
        // On a bench a keyed hash stands for the slow one, whose slowness is the board's affair.
        if (this.pinsAreHashed) this.outbox.push(() => this.tell({ kind: "pinHashed", number: effect.number, hash: this.parts.crypto.hmacSha256(effect.salt, effect.pin) }));
        return;
      case "writeSlot":
      case "checkSlot":
      case "armTrial":
      case "confirmTrial":
      case "restartForTrial":
        this.outbox.push(() => this.onSlotEffect?.(effect));
        return;
      case "wakeAt":
        this.wakeAtMs = effect.atMs;
        return;
      case "showClaim":
        this.claim = effect.uri;
        return;
      case "hideClaim":
        this.claim = undefined;
        return;
      case "note":
        this.notes.push(effect.note);
        this.onNote?.(effect.note);
        return;
      default:
        return;
    }
  }

  private deliver(): void {
    for (let sent = this.outbox.shift(); sent !== undefined; sent = this.outbox.shift()) sent();
  }
}
