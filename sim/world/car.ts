import type { ControllerEvent, Note, RangeMeasured, SlotEffect, TeslaOptions } from "../../firmware/controller/index.ts";
import type { LatchId, VehicleDescription } from "../../firmware/lock/index.ts";
import { mountRecords, recordsOf, storeCopy, type RecordStore, type StoredRecord } from "../../firmware/records/index.ts";
import { carAntennas, type Air, type Antenna, type Place, type Position, type Radio } from "../air/index.ts";
import { CarBody, type BodyOptions } from "../body/index.ts";
import { VirtualReader } from "../card/index.ts";
import { randomPortOf, type Prng, type Trace } from "../chance/index.ts";
import { RangingRadio } from "../ranging/index.ts";
import { SlotPowerCut } from "../slots/index.ts";
import type { VirtualClock } from "../time/index.ts";
import type { RadioHang } from "./board-radio.ts";
import { Board, BROWN_OUT_MILLIVOLTS, type BoardParts } from "./board.ts";
import type { BootController, CreateCrypto, WorldFlash } from "./controller-like.ts";
import { TwoSlots, type TwoSlotsOptions } from "./two-slots.ts";

/** What a boot loader takes for a self-test and a start on a small board. */
const TRIAL_START_MS = 5_000;

/** How long the power stays away that fails in the middle of an update. */
const POWER_CUT_MS = 1_000;

export interface CarOptions {
  readonly name: string;
  readonly position: Position;
  readonly vehicle: VehicleDescription;
  readonly boot: BootController;
  readonly body?: BodyOptions;
  /** Ways of ranging that the board has. Default: none. */
  readonly ranging?: readonly RangeMeasured["measurement"]["kind"][];
  /** With them the car takes updates, and what it runs is in them. Default: it runs `boot` for ever. */
  readonly slots?: TwoSlotsOptions;
  /** With it the car speaks the Tesla dialect as well. */
  readonly tesla?: TeslaOptions;
}

export interface CarSurroundings {
  readonly clock: VirtualClock;
  readonly air: Air;
  readonly prng: Prng;
  readonly trace: Trace;
  readonly createCrypto: CreateCrypto;
  /** The memory of a new controller. */
  readonly createFlash: () => WorldFlash;
}

/** Where somebody stands to reach a latch, from the middle of the car. */
const REACH: Readonly<Record<string, Position>> = {
  driverDoor: { xCm: -130, yCm: 30 },
  passengerDoor: { xCm: 130, yCm: 30 },
  trunk: { xCm: 0, yCm: -280 },
  chargePort: { xCm: -130, yCm: -150 },
};

/** One virtual car: a body, and a board with a controller that comes and goes with the supply. */
export class Car {
  readonly name: string;
  readonly position: Position;
  readonly body: CarBody;
  readonly radio: Radio;
  /** Undefined where the board measures no distances. */
  readonly ranging: RangingRadio | undefined;
  /** Undefined where the board takes no updates. */
  readonly slots: TwoSlots | undefined;
  readonly antennas: readonly Antenna[];
  /** At the door pillar and inside. */
  readonly readers: readonly VirtualReader[];
  readonly #options: CarOptions;
  readonly #around: CarSurroundings;
  readonly #prng: Prng;
  #flash: WorldFlash;
  #board: Board | undefined;
  #bootCount = 0;
  #radioWorks = true;
  readonly #listeners: ((note: Note) => void)[] = [];

  constructor(options: CarOptions, around: CarSurroundings) {
    this.#options = options;
    this.#around = around;
    this.name = options.name;
    this.position = options.position;
    this.#prng = around.prng.fork(`car/${options.name}`);
    this.#flash = around.createFlash();
    this.antennas = carAntennas(options.position, options.name);
    this.radio = around.air.addRadio(options.name, { position: options.position }, {
      linkOpened: (end) => this.#board?.linkOpened(end),
      received: (end, bytes) => this.#board?.received(end, bytes),
      linkClosed: (end) => this.#board?.linkClosed(end),
      peerMoved: (end) => this.#board?.peerMoved(end),
    });
    this.body = new CarBody(options.vehicle, {
      clock: around.clock,
      emit: (event) => this.dispatch(event),
      observe: (what) => this.#observe(what),
    }, options.body);
    const wires = { clock: around.clock, emit: (event: ControllerEvent) => this.dispatch(event) };
    this.readers = [new VirtualReader(1, "outside", wires), new VirtualReader(2, "inside", wires)];
    const { clock, air } = around;
    this.ranging = options.ranging && new RangingRadio({
      clock, air, antennas: this.antennas, kinds: options.ranging, prng: this.#prng.fork("ranging"),
      measured: (event) => this.#board?.dispatch(event),
    });
    this.slots = options.slots && new TwoSlots(options.slots, {
      crypto: around.createCrypto(randomPortOf(this.#prng.fork("slots"))),
      observe: (what) => this.#observe(what),
    });
    this.#boot();
  }

  /** The running board, or undefined while there is no power. */
  get board(): Board | undefined {
    return this.#board;
  }

  get powered(): boolean {
    return this.#board !== undefined;
  }

  /** Calls `listener` with each note of the controller, also after restarts. */
  onNote(listener: (note: Note) => void): void {
    this.#listeners.push(listener);
  }

  /** The cabin as a place for devices. */
  get cabin(): Place {
    return { position: this.position, shell: this.name };
  }

  placeAt(latch: LatchId): Position {
    const reach = REACH[latch] ?? { xCm: -130, yCm: 0 };
    return { xCm: this.position.xCm + reach.xCm, yCm: this.position.yCm + reach.yCm };
  }

  /** An event from a wire, a clock or the console. The supply also feeds the board itself. */
  dispatch(event: ControllerEvent): void {
    if (event.kind === "supplyMeasured") {
      if (event.millivolts < BROWN_OUT_MILLIVOLTS) {
        this.losePower();
        return;
      }
      if (this.#board === undefined) {
        this.restorePower();
        return;
      }
    }
    this.#board?.dispatch(event);
  }

  /** The radio falls silent without a word. */
  hangRadio(hang: RadioHang): void {
    this.#board?.radio.hang(hang);
  }

  losePower(): void {
    if (this.#board === undefined) return;
    this.#observe("power lost");
    this.#board.losePower();
    this.#board = undefined;
    this.slots?.losePower();
    this.body.losePower();
  }

  restorePower(): void {
    if (this.#board !== undefined || this.#bootCount === 0) return;
    this.#around.air.switchPower(this.radio, this.#radioWorks);
    this.#boot();
  }

  /** Whether the radio works: while it does not it hears and sends nothing, and its links end. The board goes on. */
  set radioWorks(works: boolean) {
    this.#radioWorks = works;
    this.#observe(works ? "radio works" : "radio dead");
    this.#around.air.switchPower(this.radio, works && this.powered);
    if (works) this.#board?.radio.showAgain();
    else this.#board?.radio.die();
  }

  /** A power cut that ends at once. */
  restart(): void {
    this.losePower();
    this.restorePower();
  }

  /** Stops the car, copies its whole memory as `latchkey car export` does, and starts it again. */
  exportMemory(): readonly StoredRecord[] {
    this.losePower();
    const records = recordsOf(storeOn(this.#flash));
    this.restorePower();
    return records;
  }

  /** Another controller, fresh from its box, takes the place of this one: it starts on `memory`, as after `latchkey car import`, or on none. */
  replaceController(memory: readonly StoredRecord[] | undefined): void {
    this.losePower();
    this.#observe("another controller");
    this.#flash = this.#around.createFlash();
    if (memory !== undefined) {
      const stored = storeCopy(storeOn(this.#flash), memory);
      if (!stored.ok) throw new RangeError(`the memory of ${this.name} does not fit: ${stored.error.detail}`);
      this.#flash.sync();
    }
    this.restorePower();
  }

  #boot(): void {
    this.#bootCount += 1;
    this.#observe(`boot ${this.#bootCount}`);
    const { clock, air, createCrypto } = this.#around;
    const flash = this.#flash;
    const chance = this.#prng.fork(`boot/${this.#bootCount}`);
    const crypto = createCrypto(randomPortOf(chance.fork("crypto")));
    const parts: BoardParts = {
      clock,
      air,
      antennas: this.antennas,
      flash,
      body: this.body,
      askCard: (reader, command) => this.readers.find(({ id }) => id === reader)?.ask(command),
      hashPin: (pin, salt) => crypto.hmacSha256(salt, pin),
      ...(this.ranging && { ranging: this.ranging }),
      ...(this.slots && { slotTask: (effect: SlotEffect) => this.#slotTask(this.slots!, effect) }),
      observe: (what, bytes) => this.#observe(what, bytes),
      noted: (note) => {
        for (const listener of this.#listeners) listener(note);
      },
    };
    const board = new Board(parts, this.radio);
    this.#board = board;
    const ports = {
      clock: board.clockPort,
      random: randomPortOf(chance.fork("random")),
      crypto,
      flash: flash.port,
      vehicle: this.#options.vehicle,
      ...(this.slots && { update: this.slots.update }),
      ...(this.#options.tesla && { tesla: this.#options.tesla }),
    };
    const program = this.slots?.load() ?? this.#options.boot;
    board.start(program(ports));
    this.slots?.started((answer) => board.dispatch(answer));
  }

  #slotTask(slots: TwoSlots, effect: SlotEffect): void {
    if (effect.kind === "restartForTrial") {
      this.#around.clock.after(0, "restart for a trial", () => this.#withoutPowerFor(TRIAL_START_MS));
      return;
    }
    try {
      slots.perform(effect);
    } catch (cut) {
      if (!(cut instanceof SlotPowerCut)) throw cut;
      this.#withoutPowerFor(POWER_CUT_MS);
    }
  }

  #withoutPowerFor(durationMs: number): void {
    this.losePower();
    this.#around.clock.after(durationMs, "power returns", () => this.restorePower());
  }

  #observe(what: string, bytes?: Uint8Array): void {
    this.#around.trace.record(this.#around.clock.monotonicMs(), this.name, what, bytes);
  }
}

function storeOn(flash: WorldFlash): RecordStore {
  const mounted = mountRecords(flash.port);
  if (!mounted.ok) throw new RangeError(`the flash cannot be read: ${mounted.error.detail}`);
  return mounted.value.store;
}
