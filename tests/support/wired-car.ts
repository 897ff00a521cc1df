import type { UpdateSettings, Controller, TeslaOptions, EffectPerformer, EffectPump, Pumped } from "../../firmware/controller/index.ts";
import type { FlashPort, CryptoPort } from "../../firmware/ports/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { SimFlash } from "../../sim/flash/index.ts";
import { claim, WiredCar, type WiredKey } from "../../sim/wired/index.ts";
import { seededRandom } from "./random.ts";

export { claim, newKey } from "../../sim/wired/index.ts";

export interface TestCarOptions {
  readonly seed?: string;
  readonly description?: Partial<VehicleDescription>;
  readonly flash?: FlashPort;
  readonly update?: UpdateSettings;
  readonly tesla?: TeslaOptions;
  readonly crypto?: CryptoPort;
  /** Mutants: see WiredCarParts. */
  readonly rebuild?: (controller: Controller) => Controller;
  readonly createPump?: (controller: Pumped, performer: EffectPerformer) => EffectPump;
  readonly sync?: (flash: FlashPort) => void;
}

/** node:crypto over a seeded stream: fast, and the same for the same seed but for ES256 signatures. */
export function quickCrypto(seed: string): CryptoPort {
  return createNodeCrypto({ random: seededRandom(seed) });
}

/** A car without an owner, on an empty flash, its chance drawn from a seed. */
export function newCar(options: TestCarOptions = {}): WiredCar {
  const { seed = "car", rebuild, createPump, sync, description } = options;
  return new WiredCar({
    crypto: options.crypto ?? quickCrypto(seed),
    flash: options.flash ?? createMemoryFlash({ sectorCount: 64, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff }),
    randomOfBoot: (boot) => seededRandom(`${seed}/boot ${boot}`),
    keyParts: (name) => ({ crypto: quickCrypto(`key of ${name}`), random: seededRandom(`chance of ${name}`) }),
    ...(description && { description }),
    ...(options.update && { update: options.update }),
    ...(options.tesla && { tesla: options.tesla }),
    ...(rebuild && { rebuild }),
    ...(createPump && { createPump }),
    ...(sync && { sync }),
  });
}

/** A car with an owner whose phone is at hand. */
export function claimedCar(options: TestCarOptions = {}): { readonly car: WiredCar; readonly owner: WiredKey } {
  const car = newCar(options);
  return { car, owner: claim(car) };
}

/** A car on a flash whose power can fail: what is synced is durable, nothing else. */
export function carOnSimFlash(options: TestCarOptions = {}): WiredCar {
  const flash = new SimFlash({ geometry: { sectorCount: 32, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff } });
  return newCar({ ...options, flash, sync: (synced) => (synced as SimFlash).sync() });
}

/** Power goes and comes back. What was not synced is lost, or by chance all of it is there. */
export function cutPower(car: WiredCar, unsynced: "lost" | "kept"): void {
  const flash = car.flash as SimFlash;
  car.flashHangs = false;
  const failure = car.restart(flash.restart(unsynced === "kept" ? flash.image() : flash.durableImage()));
  if (failure !== undefined) throw new RangeError(`the car does not start again: ${failure.detail}`);
}
