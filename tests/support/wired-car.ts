import { bootController, EffectPump, type BootFailure, type Controller, type ControllerEvent, type Effect, type Note } from "../../firmware/controller/index.ts";
import { createWallet, beginPairing, KeyLink, type KeyEffect, type LatchStates, type LinkTarget, type Reply, type Wallet, type WalletHolder } from "../../firmware/key/index.ts";
import type { CryptoPort, FlashPort, SignatureAlgorithm } from "../../firmware/ports/index.ts";
import { reasonName, type Command, type ReasonName } from "../../firmware/wire/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { virtualCarDescription } from "../../sim/body/index.ts";
import { testCrypto } from "./crypto.ts";
import { seededRandom } from "./random.ts";

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
  syncCount = 0;
  readonly flash: FlashPort;
  controller!: Controller;
  private pump!: EffectPump;
  private readonly crypto: CryptoPort;
  private readonly seed: string;
  private readonly links = new Map<number, WiredKey>();
  private nextLink = 1;
  private bootCount = 0;
  private readonly outbox: (() => void)[] = [];

  constructor(options: { readonly seed?: string; readonly description?: Partial<VehicleDescription>; readonly flash?: FlashPort; readonly crypto?: CryptoPort } = {}) {
    this.seed = options.seed ?? "car";
    this.description = virtualCarDescription({ walkAwayEnabled: false, ...options.description });
    this.flash = options.flash ?? createMemoryFlash({ sectorCount: 64, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff });
    this.crypto = options.crypto ?? testCrypto(this.seed);
    const failure = this.restart();
    if (failure !== undefined) throw new Error(failure.detail);
  }

  /** Boots on what the flash holds; links of the time before are gone. */
  restart(): BootFailure | undefined {
    for (const key of this.links.values()) key.lost();
    this.links.clear();
    const random = seededRandom(`${this.seed}/${this.bootCount++}`);
    const booted = bootController({ crypto: this.crypto, random, clock: { monotonicMs: () => this.nowMs }, flash: this.flash }, { description: this.description });
    if (!booted.ok) return booted.error;
    this.controller = booted.value.controller;
    this.pump = new EffectPump(this.controller, {
      perform: (effect) => this.perform(effect),
      sync: (done) => {
        this.syncCount++;
        done();
      },
    });
    this.pump.start(booted.value.effects);
    for (const { id } of this.description.latches) {
      this.tell({ kind: "doorChanged", latch: id, open: false });
      this.tell({ kind: "latchReported", latch: id, report: "locked" });
    }
    this.tell({ kind: "powertrainChanged", running: false, moving: false });
    this.tell({ kind: "supplyMeasured", millivolts: 12_600 });
    return undefined;
  }

  tell(event: ControllerEvent): void {
    this.pump.dispatch(event);
    this.deliver();
  }

  /** Turns the clock; the controller is woken whenever it asked to be. */
  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.wakeAtMs !== undefined && this.wakeAtMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.wakeAtMs);
      this.wakeAtMs = undefined;
      this.tell({ kind: "woke" });
    }
    this.nowMs = endMs;
    this.tell({ kind: "woke" });
  }

  attach(key: WiredKey, options: { readonly attPayloadBytes?: number; readonly proximity?: "local" | "remote" } = {}): number {
    const link = this.nextLink++;
    this.links.set(link, key);
    const { attPayloadBytes = 244, proximity = "local" } = options;
    this.tell({ kind: "linkOpened", link, attPayloadBytes, proximity });
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

  private perform(effect: Effect): void {
    this.performed.push(effect);
    switch (effect.kind) {
      case "send": {
        const key = this.links.get(effect.link);
        if (key !== undefined) this.outbox.push(() => key.receive(effect.bytes));
        return;
      }
      case "closeLink": {
        const key = this.links.get(effect.link);
        this.links.delete(effect.link);
        this.outbox.push(() => {
          key?.lost();
          if (key !== undefined) this.tell({ kind: "linkClosed", link: effect.link });
        });
        return;
      }
      case "driveLatch":
        if (this.latchesAnswer) this.outbox.push(() => this.tell({ kind: "latchReported", latch: effect.latch, report: effect.toward }));
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
        return;
      default:
        return;
    }
  }

  private deliver(): void {
    for (let sent = this.outbox.shift(); sent !== undefined; sent = this.outbox.shift()) sent();
  }
}

/** What became of a request on the bench. */
export type Outcome =
  | { readonly kind: "reply"; readonly reply: Reply; readonly reason: ReasonName | undefined }
  | { readonly kind: "paired"; readonly ownersKit: string; readonly vehicleId: string }
  | { readonly kind: "failed"; readonly why: string; readonly mayHaveSucceeded: boolean };

/** A phone on a bench: its wallet, and one link at a time to the car, without air between. */
export class WiredKey implements WalletHolder {
  wallet: Wallet;
  readonly crypto: CryptoPort;
  readonly latches: LatchStates[] = [];
  readonly car: WiredCar;
  path: "full" | "fast" | undefined;
  /** Frames sent to the car since the link opened. */
  framesSent: Uint8Array[] = [];
  framesReceived: Uint8Array[] = [];
  link: number | undefined;
  private machine: KeyLink | undefined;
  private outcome: Outcome | undefined;
  private readonly random;

  constructor(car: WiredCar, name: string, options: { readonly algorithm?: SignatureAlgorithm; readonly wallet?: Wallet } = {}) {
    this.car = car;
    this.crypto = testCrypto(`key ${name}`);
    this.random = seededRandom(`nonces of ${name}`);
    const created = createWallet(this.crypto, { algorithm: options.algorithm ?? "Ed25519", name });
    if (!created.ok) throw new Error(created.error);
    this.wallet = options.wallet ?? created.value;
  }

  /** Pairs with the code the car shows. */
  pair(uri: string = this.car.claim ?? ""): Outcome {
    const task = beginPairing({ crypto: this.crypto, random: this.random }, this.wallet, { uri, label: "car" });
    if (!task.ok) throw new Error(task.error);
    this.connect({ kind: "pairing", task: task.value });
    return this.run(() => this.machine!.pair(this.car.nowMs).effects);
  }

  connect(target: LinkTarget = { kind: "cars", vehicleIds: this.wallet.cars.map((car) => car.vehicleId) }, options: { readonly attPayloadBytes?: number; readonly proximity?: "local" | "remote" } = {}): void {
    this.disconnect();
    this.framesSent = [];
    this.framesReceived = [];
    this.machine = new KeyLink({ crypto: this.crypto, random: this.random, holder: this, target });
    this.link = this.car.attach(this, options);
    this.perform(this.machine.open(options.attPayloadBytes ?? 244, this.car.nowMs));
  }

  disconnect(): void {
    if (this.link !== undefined) this.car.detach(this.link);
    this.lost();
  }

  /** Asks over the open link, or over a new one. */
  ask(command: Command): Outcome {
    if (this.machine === undefined) this.connect();
    return this.run(() => this.machine!.request(command, this.car.nowMs).effects);
  }

  /** Asks over a new link, so that each request stands for itself. */
  askFresh(command: Command, options: { readonly proximity?: "local" | "remote" } = {}): Outcome {
    this.connect(undefined, options);
    return this.ask(command);
  }

  receive(frame: Uint8Array): void {
    this.framesReceived.push(frame);
    if (this.machine !== undefined) this.perform(this.machine.receive(frame, this.car.nowMs));
  }

  lost(): void {
    const { machine } = this;
    this.machine = undefined;
    this.link = undefined;
    if (machine !== undefined) this.perform(machine.closed());
  }

  private run(begin: () => readonly KeyEffect[]): Outcome {
    this.outcome = undefined;
    this.perform(begin());
    if (this.outcome === undefined) throw new Error("the request was not answered");
    return this.outcome;
  }

  private perform(effects: readonly KeyEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") {
        this.framesSent.push(effect.frame);
        if (this.link !== undefined) this.car.tell({ kind: "frameReceived", link: this.link, bytes: effect.frame });
      } else if (effect.kind === "connected") this.path = effect.path;
      else if (effect.kind === "latches") this.latches.push(effect.latches);
      else if (effect.kind === "reply") this.outcome = { kind: "reply", reply: effect.reply, reason: reasonName(effect.reply.code) };
      else if (effect.kind === "paired") this.outcome = { kind: "paired", ownersKit: effect.ownersKit, vehicleId: effect.vehicleId };
      else if (effect.kind === "failed") this.outcome = { kind: "failed", why: effect.why, mayHaveSucceeded: effect.mayHaveSucceeded };
      else if (effect.kind === "close") this.disconnect();
    }
  }
}

/** A car with an owner whose phone is at hand. */
export function claimedCar(options: ConstructorParameters<typeof WiredCar>[0] = {}): { readonly car: WiredCar; readonly owner: WiredKey } {
  const car = new WiredCar(options);
  car.tell({ kind: "claimRequested" });
  const owner = new WiredKey(car, "anna");
  const outcome = owner.pair();
  if (outcome.kind !== "paired") throw new Error(`pairing ended with ${JSON.stringify(outcome)}`);
  return { car, owner };
}
