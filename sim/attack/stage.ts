import type { UpdateSettings } from "../../firmware/controller/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import type { CryptoPort } from "../../firmware/ports/index.ts";
import type { AirSettings } from "../air/index.ts";
import { createPrng, createTrace, randomPortOf, type Prng, type Trace } from "../chance/index.ts";
import { SimFlash } from "../flash/index.ts";
import type { ReplayEvent } from "../incident/index.ts";
import { claim, WiredCar, type WiredCarParts, type WiredKey } from "../wired/index.ts";
import { bootLatchkey, CAR_FLASH, World, type BootController, type CreateCrypto } from "../world/index.ts";

/** Lines that one play keeps. */
const LINE_COUNT_MAX = 2_000;

/** A controller with a guard taken out, for showing that the verdict notices. */
export interface Weakness extends Pick<WiredCarParts, "rebuild" | "createPump"> {
  readonly crypto?: (crypto: CryptoPort) => CryptoPort;
  /** Of phones on the bench. */
  readonly phoneCrypto?: (crypto: CryptoPort) => CryptoPort;
  /** In the cars of a world. */
  readonly boot?: BootController;
}

/** One thing that must hold, and what was seen. */
export interface Check {
  readonly what: string;
  readonly held: boolean;
  readonly saw: string;
}

export interface BenchOptions {
  readonly description?: Partial<VehicleDescription>;
  readonly update?: UpdateSettings;
}

/** Where one attack is played: it makes cars and worlds of one seed, keeps the timeline, and keeps what was measured. */
export class Stage {
  readonly seed: string;
  readonly prng: Prng;
  readonly events: ReplayEvent[] = [];
  readonly checks: Check[] = [];
  /** What became of the cloud-dependent controller: `held` where it did what ours must. */
  readonly theirs: Check[] = [];
  readonly boot: BootController;
  readonly createCrypto: CreateCrypto;
  readonly #trace: Trace = createTrace({ keepLines: false });
  readonly #weakness: Weakness;
  #nowMs: () => number = () => 0;
  #carCount = 0;
  readonly #worlds: World[] = [];

  constructor(seed: string, createCrypto: CreateCrypto, weakness: Weakness) {
    this.seed = seed;
    this.prng = createPrng(seed);
    this.boot = weakness.boot ?? bootLatchkey;
    this.createCrypto = createCrypto;
    this.#weakness = weakness;
  }

  /** Over the timeline, what was measured, and everything that happened in the worlds. */
  get traceHash(): string {
    for (const world of this.#worlds.splice(0)) this.#trace.record(world.clock.monotonicMs(), "world", world.trace.hash());
    return this.#trace.hash();
  }

  say(text: string, of: ReplayEvent["of"] = "story"): void {
    const atMs = this.#nowMs();
    this.#trace.record(atMs, of, text);
    if (this.events.length < LINE_COUNT_MAX) this.events.push({ atMs, of, text });
  }

  check(what: string, held: boolean, saw = ""): void {
    this.checks.push({ what, held, saw });
    this.#trace.record(this.#nowMs(), "check", `${what}: ${held} ${saw}`);
  }

  checkTheirs(what: string, held: boolean, saw = ""): void {
    this.theirs.push({ what, held, saw });
  }

  /** A whole number below `count`. */
  below(count: number): number {
    return this.prng.below(count);
  }

  bytes(length: number): Uint8Array {
    return randomPortOf(this.prng).bytes(length);
  }

  of<T>(list: readonly T[]): T {
    return list[this.prng.below(list.length)]!;
  }

  /** A device's own crypto, drawing from the seed and its name alone. */
  crypto(name: string): CryptoPort {
    return this.createCrypto(randomPortOf(createPrng(`${this.seed}/${name}`)));
  }

  /** A car without an owner on the bench, its memory one whose power can fail. */
  car(options: BenchOptions = {}): WiredCar {
    const name = `car ${++this.#carCount}`;
    const { rebuild, createPump, crypto = (own) => own, phoneCrypto = (own) => own } = this.#weakness;
    const car = new WiredCar({
      crypto: crypto(this.crypto(name)),
      flash: new SimFlash({ geometry: CAR_FLASH }),
      sync: (flash) => (flash as SimFlash).sync(),
      randomOfBoot: (boot) => randomPortOf(createPrng(`${this.seed}/${name}/boot ${boot}`)),
      keyParts: (who) => ({ crypto: phoneCrypto(this.crypto(`key of ${who}`)), random: randomPortOf(createPrng(`${this.seed}/chance of ${who}`)) }),
      ...(options.description && { description: options.description }),
      ...(options.update && { update: options.update }),
      ...(rebuild && { rebuild }),
      ...(createPump && { createPump }),
    });
    this.#nowMs = () => car.nowMs;
    car.onNote = ({ what, who, outcome, why }) => {
      if (outcome !== "info") this.say([what, who, outcome, why].filter((part) => part !== "").join(" "), "latchkey");
    };
    return car;
  }

  /** The same with an owner whose phone is at hand. */
  claimed(options: BenchOptions = {}): { readonly car: WiredCar; readonly owner: WiredKey } {
    const car = this.car(options);
    return { car, owner: claim(car) };
  }

  /** A world with air, people and cars. */
  world(air: Partial<AirSettings> = {}): World {
    const world = new World({ seed: this.seed, createCrypto: this.createCrypto, keepLines: false, air });
    this.#worlds.push(world);
    this.#nowMs = () => world.clock.monotonicMs();
    return world;
  }
}
