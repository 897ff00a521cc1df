import type { ComfortOrder } from "../../../firmware/comfort/index.ts";
import type { ReaderId } from "../../../firmware/controller/index.ts";
import type { VehicleDescription } from "../../../firmware/lock/index.ts";
import type { TeslaOptions, UpdateSettings } from "../../../firmware/controller/index.ts";
import type { ClockPort, CryptoPort, RandomPort, SlotStore } from "../../../firmware/ports/index.ts";
import { createMonotonicClock, readWallClock } from "../../../hal/clock/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../../hal/random/index.ts";
import { Air, type Place } from "../../../sim/air/index.ts";
import { CarBody } from "../../../sim/body/index.ts";
import { createPrng } from "../../../sim/chance/index.ts";
import { Cloud } from "../../../sim/cloud/index.ts";
import { Comfort } from "../../../sim/comfort/index.ts";
import { SimPhone } from "../../../sim/phone/index.ts";
import type { Task } from "../../../sim/time/index.ts";
import type { Board, BoardFlash, WireEffect, WireEvent } from "../board.ts";
import { AirRadio } from "./air-radio.ts";
import { Cards } from "./cards.ts";
import { VirtualMaker } from "./maker.ts";
import { mechanicsOf, setMechanics, type MechanicsFile } from "./mechanics.ts";
import { Mischief } from "./mischief.ts";
import { Pacemaker } from "./pacemaker.ts";
import { PacedClock } from "./paced-clock.ts";

const CAR = "car";
const CAR_POSITION = { xCm: 0, yCm: 0 };

/** The class of virtual cars, as manifests name it. */
export const VIRTUAL_MODEL = "latchkey virtual";

/** Phones that one terminal can show. */
export const PHONE_COUNT_MAX = 8;

/** Nearer than this somebody sits in the car. */
export const CABIN_METRES = 0.5;

/** The car park where every virtual car begins, and how well a receiver there knows it. */
const START_PLACE = { latitudeDeg: 48.13743, longitudeDeg: 11.57549 };
const ACCURACY_M = 5;

export interface VirtualBoardOptions {
  readonly flash: BoardFlash;
  readonly description: VehicleDescription;
  /** Keeps doors and latches where they are from one process to the next; without it the car begins locked. */
  readonly mechanics?: MechanicsFile;
  readonly realClock?: ClockPort;
  readonly update?: UpdateSettings;
  readonly slots?: SlotStore;
  readonly maker?: VirtualMaker;
  readonly random?: RandomPort;
  /** What it says of the Tesla dialect, if it speaks it; it can be told to misbehave. */
  readonly tesla?: TeslaOptions;
}

/** A virtual car in real time: body, comfort systems, air, cloud and supply on a virtual clock that a pacemaker keeps at the present. */
export class VirtualBoard implements Board {
  readonly ports;
  readonly description: VehicleDescription;
  readonly update: UpdateSettings;
  readonly slots?: SlotStore;
  readonly tesla?: TeslaOptions;
  readonly mischief = new Mischief();
  readonly maker: VirtualMaker;
  readonly claimReleaseKey: Uint8Array;
  readonly body: CarBody;
  readonly systems: Comfort;
  readonly cloud: Cloud;
  readonly air: Air;
  readonly airRadio: AirRadio;
  readonly radios;
  readonly phones = new Map<string, SimPhone>();
  readonly cards: Cards;
  readonly pacemaker: Pacemaker;
  readonly #clock: PacedClock;
  readonly #crypto: CryptoPort;
  readonly #random: RandomPort;
  readonly #mechanics: MechanicsFile | undefined;
  readonly #keptAheadS: number;
  readonly #wallAtStartS: number;
  #tell: ((event: WireEvent) => void) | undefined;
  #wake: Task | undefined;
  #place = START_PLACE;

  constructor(options: VirtualBoardOptions) {
    this.description = options.description;
    this.update = options.update ?? { model: VIRTUAL_MODEL };
    this.maker = options.maker ?? new VirtualMaker();
    this.claimReleaseKey = this.maker.publicKey.coseKey;
    if (options.slots !== undefined) this.slots = options.slots;
    if (options.tesla !== undefined) this.tesla = { ...options.tesla, misbehave: () => this.mischief.next() };
    this.#clock = new PacedClock();
    this.pacemaker = new Pacemaker(this.#clock, options.realClock ?? createMonotonicClock());
    this.#random = options.random ?? createSystemRandom();
    this.#crypto = createNodeCrypto({ random: this.#random });
    this.ports = { clock: this.#clock as ClockPort, random: this.#random, crypto: this.#crypto, flash: options.flash };
    const prng = createPrng(Buffer.from(this.#random.bytes(8)).toString("hex"));
    this.air = new Air(this.#clock, prng);
    this.cloud = new Cloud(this.#clock, prng);
    this.airRadio = new AirRadio(this.air, CAR, CAR_POSITION);
    this.radios = [(onEvent: NonNullable<AirRadio["onEvent"]>) => {
      this.airRadio.onEvent = onEvent;
      return this.airRadio;
    }];
    this.systems = new Comfort({
      clock: this.#clock,
      unixS: () => this.unixS(),
      report: (state) => this.#tell?.({ kind: "comfortReported", state }),
      pinChecked: (number, right) => this.#tell?.({ kind: "comfortPinChecked", number, right }),
      infotainment: (state) => this.#tell?.({ kind: "infotainmentChanged", state }),
    });
    this.body = new CarBody(options.description, { clock: this.#clock, emit: (event) => this.#emit(event as WireEvent), observe: () => undefined });
    this.#mechanics = options.mechanics;
    const kept = options.mechanics?.read();
    this.#keptAheadS = kept?.aheadS ?? 0;
    this.cards = new Cards({ clock: this.#clock, crypto: this.#crypto, random: this.#random, emit: (event) => this.#emit(event) }, kept?.cards ?? {});
    this.#wallAtStartS = readWallClock().unixS + this.#keptAheadS;
    setMechanics(this.body, kept?.latches ?? {});
  }

  /** Wall time in the virtual world: that of this machine plus what was ever skipped. */
  unixS(): number {
    return this.#wallAtStartS + Math.floor(this.#clock.monotonicMs() / 1000);
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  enter<T>(work: () => T): T {
    return this.pacemaker.enter(work);
  }

  /** Calls `then` once so much time has passed in the virtual world; gives what takes that back. */
  after(durationMs: number, then: () => void): () => void {
    const task = this.enter(() => this.#clock.after(durationMs, "patience", then));
    return () => this.#clock.cancel(task);
  }

  /** Runs virtual time on at once until `holds()`. */
  rush(holds: () => boolean, limitMs: number): boolean {
    return this.pacemaker.rush(holds, limitMs);
  }

  /** Lets `durationMs` pass at once, without overtaking what waits for the flash; `passed` hears how far it is. */
  async skip(durationMs: number, busy: () => boolean, passed: (passedMs: number) => void = () => undefined): Promise<void> {
    await this.pacemaker.skip(durationMs, busy, passed);
    this.#keepMechanics();
  }

  wakeAt(atMs: number | undefined, wake: () => void): void {
    this.#clock.cancel(this.#wake);
    this.#wake = atMs === undefined ? undefined : this.#clock.at(atMs, "wake", wake);
  }

  actuate(effect: WireEffect): void {
    this.body.perform(effect);
  }

  askCard(reader: ReaderId, command: Uint8Array): void {
    this.cards.ask(reader, command);
  }

  comfort(order: ComfortOrder, number?: number): void {
    this.systems.perform(order, number);
  }

  wakeInfotainment(): void {
    this.systems.wake();
  }

  connectWires(tell: (event: WireEvent) => void): void {
    this.#tell = tell;
    this.body.reportAll();
    this.systems.reportAll();
    this.reportTime("rtc", this.unixS());
    this.reportTime("gps", this.unixS());
    this.moveCar(this.#place.latitudeDeg, this.#place.longitudeDeg);
  }

  reportTime(source: "rtc" | "gps", unixS: number): void {
    this.enter(() => this.#tell?.({ kind: "timeReported", source, unixS }));
  }

  /** Where the car stands; the receiver tells the controller. */
  get place(): { readonly latitudeDeg: number; readonly longitudeDeg: number } {
    return this.#place;
  }

  moveCar(latitudeDeg: number, longitudeDeg: number): void {
    this.#place = { latitudeDeg, longitudeDeg };
    this.enter(() => this.#tell?.({ kind: "positionReported", ...this.#place, accuracyM: ACCURACY_M }));
  }

  addPhone(name: string, metres: number): SimPhone {
    if (this.phones.size >= PHONE_COUNT_MAX) throw new RangeError(`there is room for ${PHONE_COUNT_MAX} phones`);
    const phone = this.enter(() => new SimPhone({ name, place: this.placeAt(metres, this.phones.size) }, {
      clock: this.#clock,
      air: this.air,
      crypto: this.#crypto,
      random: this.#random,
      unixS: () => this.unixS(),
      observe: () => undefined,
    }));
    this.phones.set(name, phone);
    return phone;
  }

  /** Metres between a phone and the car. */
  distanceOf(phone: SimPhone): number {
    const { xCm, yCm } = phone.radio.place.position;
    return Math.round(Math.hypot(xCm - CAR_POSITION.xCm, yCm - CAR_POSITION.yCm)) / 100;
  }

  move(phone: SimPhone, metres: number): void {
    const index = [...this.phones.values()].indexOf(phone);
    this.enter(() => this.air.move(phone.radio, this.placeAt(metres, index)));
  }

  close(): void {
    this.#keepMechanics();
    this.#tell = undefined;
    this.pacemaker.stop();
    this.ports.flash.close();
  }

  /** Even phones come from the driver's side, odd ones from the other. */
  private placeAt(metres: number, index: number): Place {
    if (metres < CABIN_METRES) return { position: CAR_POSITION, shell: CAR };
    return { position: { xCm: (index % 2 === 0 ? -1 : 1) * Math.round(metres * 100), yCm: 0 } };
  }

  #emit(event: WireEvent): void {
    this.#keepMechanics();
    this.#tell?.(event);
    if (event.kind === "powertrainChanged") this.systems.follow(event);
  }

  #keepMechanics(): void {
    if (this.#tell === undefined) return;
    const aheadS = this.#keptAheadS + Math.ceil(this.pacemaker.skippedMs / 1000);
    this.#mechanics?.write({ latches: mechanicsOf(this.body), aheadS, cards: this.cards.kept });
  }
}
