import { bootController, EffectPump, type BootReport, type Controller, type Effect, type Note } from "../../firmware/controller/index.ts";
import { hashPin } from "../../hal/pin-hash/index.ts";
import { SlotDriver } from "../../firmware/update/index.ts";
import { CommandFailure } from "../cli/command.ts";
import type { Board, BoardRadio, OpenRadio, RadioEvent, WireEvent } from "./board.ts";
import { Links } from "./links.ts";

/** A code on the car's own console. */
export interface ShownClaim {
  readonly uri: string;
  /** On the board's monotonic clock. */
  readonly expiresAtMs: number;
}

export type ClaimEnd = Extract<Effect, { kind: "hideClaim" }>["why"];

/** What a running car tells whoever looks on. */
export interface CarListener {
  noted?(note: Note): void;
  claimShown?(claim: ShownClaim): void;
  claimHidden?(why: ClaimEnd): void;
  /** A release is ready for its trial, and the car can be without its controller for a moment. */
  restartWanted?(): void;
  /** After every effect that may have changed what a picture of the car shows. */
  changed?(): void;
}

/** A booted controller on a board, with its radios. Made by {@link startCar}. */
export class RunningCar {
  readonly board: Board;
  readonly controller: Controller;
  readonly report: BootReport;
  readonly #pump: EffectPump;
  readonly #bootEffects: readonly Effect[];
  readonly #links = new Links();
  readonly #radios: BoardRadio[] = [];
  readonly #listeners = new Set<CarListener>();
  readonly #failed: (error: Error) => void;
  readonly #slots: SlotDriver | undefined;
  #claim: ShownClaim | undefined;
  #keyRequest: Extract<Effect, { kind: "showKeyRequest" }> | undefined;
  #advertised: Extract<Effect, { kind: "advertise" }> | undefined;
  #stopped = false;

  /**
   * Boots the controller on the board's flash; nothing is heard or sent before {@link begin}.
   *
   * @param failed called once when the flash cannot keep what was written: the process must end.
   */
  constructor(board: Board, failed: (error: Error) => void) {
    this.board = board;
    this.#failed = failed;
    const booted = bootController(board.ports, { description: board.description, ...(board.update && { update: board.update }), ...(board.tesla && { tesla: board.tesla }) });
    if (!booted.ok) throw new CommandFailure(`the car does not start: ${booted.error.detail}`, booted.error.wayOut, { fault: booted.error.kind });
    this.controller = booted.value.controller;
    this.report = booted.value.report;
    this.#bootEffects = booted.value.effects;
    this.#pump = new EffectPump(this.controller, { perform: (effect) => this.#perform(effect), sync: (done) => this.#sync(done) });
    this.#slots = board.slots && new SlotDriver(board.slots, board.ports.crypto, (answer) => this.dispatch(answer));
  }

  /** Performs what booting wants done and reads every sensor. */
  begin(): void {
    this.board.enter(() => {
      this.#pump.start(this.#bootEffects);
      this.board.connectWires((event) => this.dispatch(event));
    });
    this.#slots?.start();
  }

  /** Adds a radio while the car runs. */
  async addRadio<R extends BoardRadio>(open: (onEvent: (event: RadioEvent) => void) => Promise<R> | R): Promise<R> {
    const early: RadioEvent[] = [];
    const own: { radio?: R } = {};
    const opened = await open((event) => {
      if (own.radio === undefined) early.push(event);
      else this.#heard(own.radio, event);
    });
    own.radio = opened;
    this.#radios.push(opened);
    if (this.#advertised !== undefined) opened.advertise(this.#advertised.identity, this.#advertised.connectable, this.#advertised.tesla);
    for (const event of early) this.#heard(opened, event);
    return opened;
  }

  dispatch(event: WireEvent): void {
    if (this.#stopped) return;
    const { claimReleaseKey } = this.board;
    const named = event.kind === "claimRequested" && claimReleaseKey !== undefined ? { releaseKey: claimReleaseKey, ...event } : event;
    this.board.enter(() => this.#pump.dispatch(named));
    this.#tell((listener) => listener.changed?.());
  }

  watch(listener: CarListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get claim(): ShownClaim | undefined {
    return this.#claim;
  }

  /** A key that a card was tapped for, and that waits for an answer on the car's own screen. */
  get keyRequest(): Extract<Effect, { kind: "showKeyRequest" }> | undefined {
    return this.#keyRequest;
  }

  get isClaimed(): boolean {
    return this.controller.parts.access.ownership === "claimed";
  }

  get linkCount(): number {
    return this.#links.openCount;
  }

  /** True while effects wait for the flash. */
  get waiting(): boolean {
    return this.#pump.waiting;
  }

  /** Stops radios and board. What the flash has acknowledged stays. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await Promise.all(this.#radios.map((radio) => radio.close()));
    await this.board.close();
  }

  #heard(radio: BoardRadio, event: RadioEvent): void {
    if (this.#stopped) return;
    this.board.enter(() => {
      const numbered = this.#links.numbered(radio, event);
      if (numbered !== undefined) this.#pump.dispatch(numbered);
    });
    this.#tell((listener) => listener.changed?.());
  }

  #sync(done: () => void): void {
    this.board.ports.flash.sync((error) => {
      if (this.#stopped) return;
      if (error === undefined) {
        this.board.enter(done);
        this.#tell((listener) => listener.changed?.());
        return;
      }
      this.#stopped = true;
      this.#failed(error);
    });
  }

  #perform(effect: Exclude<Effect, { kind: "commit" }>): void {
    if (this.#stopped) return;
    switch (effect.kind) {
      case "send":
        return this.#links.send(effect.link, effect.bytes);
      case "closeLink":
        return this.#links.close(effect.link);
      case "advertise":
        this.#advertised = effect;
        for (const radio of this.#radios) radio.advertise(effect.identity, effect.connectable, effect.tesla);
        return;
      case "driveLatch":
      case "stopLatch":
      case "setImmobiliser":
        return this.board.actuate(effect);
      case "askCard":
        return this.board.askCard?.(effect.reader, effect.bytes);
      case "releaseCard":
        return this.board.releaseCard?.(effect.reader);
      case "hashPin":
        void hashPin(effect.pin, effect.salt, effect.costLog2).then((hash) => this.dispatch({ kind: "pinHashed", number: effect.number, hash }));
        return;
      case "writeSlot":
      case "checkSlot":
      case "armTrial":
      case "confirmTrial":
        if (this.#slots === undefined) return this.dispatch({ kind: "slotFailed", why: "this car was not started by latchkey boot: it has no second slot" });
        return this.#slots.perform(effect);
      case "restartForTrial":
        return this.#tell((listener) => listener.restartWanted?.());
      case "wakeAt":
        return this.board.wakeAt(effect.atMs, () => this.#woke());
      case "showClaim":
        this.#claim = { uri: effect.uri, expiresAtMs: effect.expiresAtMs };
        return this.#tell((listener) => listener.claimShown?.(this.#claim!));
      case "hideClaim":
        this.#claim = undefined;
        return this.#tell((listener) => listener.claimHidden?.(effect.why));
      case "showKeyRequest":
        this.#keyRequest = effect;
        return;
      case "hideKeyRequest":
        this.#keyRequest = undefined;
        return;
      case "comfort":
        return this.board.comfort?.(effect.order, effect.number);
      case "wakeInfotainment":
        return this.board.wakeInfotainment?.();
      case "startRanging":
        // No board here has a ranging radio yet, and without one owners cannot switch on what would need it.
        return;
      case "note":
        return this.#tell((listener) => listener.noted?.(effect.note));
    }
  }

  #woke(): void {
    if (this.#stopped) return;
    this.board.enter(() => this.#pump.dispatch({ kind: "woke" }));
    this.#tell((listener) => listener.changed?.());
  }

  #tell(what: (listener: CarListener) => void): void {
    for (const listener of [...this.#listeners]) what(listener);
  }
}

/** A car on `board` with the board's own radios and `radios`, running. Closes the board where that fails. */
export async function startCar(board: Board, radios: readonly OpenRadio[], failed: (error: Error) => void): Promise<RunningCar> {
  try {
    const car = new RunningCar(board, failed);
    for (const open of [...board.radios, ...radios]) await car.addRadio(open);
    car.begin();
    return car;
  } catch (fault) {
    await board.close();
    throw fault;
  }
}
