import { Air, type AirSettings, type Position } from "../air/index.ts";
import { virtualCarDescription } from "../body/index.ts";
import { createPrng, createTrace, describeRun, randomPortOf, type Prng, type RunIdentity, type Trace } from "../chance/index.ts";
import { Cloud } from "../cloud/index.ts";
import { SimPhone, type PhoneOptions } from "../phone/index.ts";
import { VirtualClock, type ClockLimits } from "../time/index.ts";
import { Car, type CarOptions } from "./car.ts";
import type { CreateCrypto, WorldFlash } from "./controller-like.ts";
import { flashFactory } from "./flash.ts";
import { Person } from "./person.ts";

/** Cars one world holds. */
export const CAR_COUNT_MAX = 10_000;

/** 2026-01-01T00:00:00Z. */
const DEFAULT_START_UNIX_S = 1_767_225_600;

/** Cars that get no place of their own stand this far apart: out of each other's range. */
const CAR_SPACING_CM = 20_000;

export interface WorldOptions {
  readonly seed: string;
  readonly createCrypto: CreateCrypto;
  /** Default: {@link flashFactory}. */
  readonly createFlash?: () => WorldFlash;
  readonly air?: Partial<AirSettings>;
  /** Wall time at the beginning, Unix seconds. Default: 2026-01-01. */
  readonly startUnixS?: number;
  readonly limits?: ClockLimits;
  /** Keep readable trace lines. Default: true. */
  readonly keepLines?: boolean;
}

/** Time, chance, air, cloud, cars and people of one run. The same seed and the same calls give the same trace hash. */
export class World {
  readonly seed: string;
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly trace: Trace;
  readonly air: Air;
  readonly cloud: Cloud;
  readonly createCrypto: CreateCrypto;
  readonly #createFlash: () => WorldFlash;
  readonly #startUnixS: number;
  readonly #cars = new Map<string, Car>();
  readonly #people = new Map<string, Person>();

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.clock = new VirtualClock(options.limits);
    this.prng = createPrng(options.seed);
    this.trace = createTrace({ keepLines: options.keepLines ?? true });
    this.air = new Air(this.clock, this.prng, options.air);
    this.cloud = new Cloud(this.clock, this.prng);
    this.createCrypto = options.createCrypto;
    this.#createFlash = options.createFlash ?? flashFactory();
    this.#startUnixS = options.startUnixS ?? DEFAULT_START_UNIX_S;
  }

  /** True wall time, whatever clocks in this world say. */
  unixS(): number {
    return this.#startUnixS + Math.floor(this.clock.monotonicMs() / 1000);
  }

  get cars(): ReadonlyMap<string, Car> {
    return this.#cars;
  }

  get people(): ReadonlyMap<string, Person> {
    return this.#people;
  }

  addCar(options: Pick<CarOptions, "name" | "boot"> & Partial<CarOptions>): Car {
    if (this.#cars.has(options.name)) throw new RangeError(`there is a car ${options.name} already`);
    if (this.#cars.size >= CAR_COUNT_MAX) throw new RangeError(`a world holds ${CAR_COUNT_MAX} cars`);
    const { clock, air, prng, trace, createCrypto } = this;
    const position = options.position ?? { xCm: this.#cars.size * CAR_SPACING_CM, yCm: 0 };
    const vehicle = options.vehicle ?? virtualCarDescription();
    const car = new Car({ ...options, position, vehicle }, { clock, air, prng, trace, createCrypto, createFlash: this.#createFlash });
    this.#cars.set(car.name, car);
    return car;
  }

  /** A phone with the Latchkey app and a wallet without cars. */
  addPhone(options: PhoneOptions): SimPhone {
    const chance = this.prng.fork(`phone/${options.name}`);
    const random = randomPortOf(chance.fork("random"));
    return new SimPhone(options, {
      clock: this.clock,
      air: this.air,
      crypto: this.createCrypto(randomPortOf(chance.fork("crypto"))),
      random,
      unixS: () => this.unixS(),
      observe: (what) => this.trace.record(this.clock.monotonicMs(), options.name, what),
    });
  }

  addPerson(name: string, position: Position): Person {
    if (this.#people.has(name)) throw new RangeError(`there is a person ${name} already`);
    const person = new Person(name, this.clock, this.air, position);
    this.#people.set(name, person);
    return person;
  }

  /** The line to print with a failure of this run. */
  describe(scenario: string, replayCommand: string): string {
    return describeRun(this.identity(scenario, replayCommand));
  }

  identity(scenario: string, replayCommand: string): RunIdentity {
    return { seed: this.seed, scenario, traceHash: this.trace.hash(), replayCommand };
  }
}
