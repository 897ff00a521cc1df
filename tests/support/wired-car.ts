import type { FlashPort, CryptoPort, SignatureAlgorithm } from "../../firmware/ports/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { WiredCar, WiredKey } from "../../sim/wired/index.ts";
import { testCrypto } from "./crypto.ts";
import { seededRandom } from "./random.ts";

export interface TestCarOptions {
  readonly seed?: string;
  readonly description?: Partial<VehicleDescription>;
  readonly flash?: FlashPort;
  readonly crypto?: CryptoPort;
}

/** A car without an owner, on an empty flash, its chance drawn from a seed. */
export function newCar(options: TestCarOptions = {}): WiredCar {
  const { seed = "car" } = options;
  return new WiredCar({
    crypto: options.crypto ?? testCrypto(seed),
    flash: options.flash ?? createMemoryFlash({ sectorCount: 64, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff }),
    randomOfBoot: (boot) => seededRandom(`${seed}/boot ${boot}`),
    ...(options.description && { description: options.description }),
  });
}

/** A phone of its own name and key. */
export function newKey(car: WiredCar, name: string, algorithm: SignatureAlgorithm = "Ed25519"): WiredKey {
  return new WiredKey(car, name, { crypto: testCrypto(`key of ${name}`), random: seededRandom(`chance of ${name}`), algorithm });
}

/** A car with an owner whose phone is at hand. */
export function claimedCar(options: TestCarOptions = {}): { readonly car: WiredCar; readonly owner: WiredKey } {
  const car = newCar(options);
  car.tell({ kind: "claimRequested" });
  const owner = newKey(car, "anna");
  const outcome = owner.pair();
  if (outcome.kind !== "paired") throw new RangeError(`pairing ended with ${JSON.stringify(outcome)}`);
  return { car, owner };
}
