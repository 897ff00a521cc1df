import type { Effect, Pumped, TeslaOptions, UpdateSettings } from "../../firmware/controller/index.ts";
import type { HealthWatch, HealthWatchPorts } from "../../firmware/health/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import type { ClockPort, CryptoPort, FlashPort, RandomPort } from "../../firmware/ports/index.ts";

/** What a world needs of whatever decides inside a car: Latchkey's controller, the baseline, or a double in a test. */
export interface ControllerLike extends Pumped {
  /** Vehicle signals by their VSS path, as the controller believes them to be. */
  status(): ReadonlyMap<string, string | number | boolean>;
}

/** What a board gives its controller. */
export interface BootPorts {
  readonly clock: ClockPort;
  readonly random: RandomPort;
  readonly crypto: CryptoPort;
  readonly flash: FlashPort;
  readonly vehicle: VehicleDescription;
  /** Of a car with two slots; without it the car takes no updates. */
  readonly update?: UpdateSettings;
  /** Of a car that speaks the Tesla dialect. */
  readonly tesla?: TeslaOptions;
}

export interface Booted {
  readonly controller: ControllerLike;
  /** What booting wants done first. */
  readonly effects: readonly Effect[];
  /** What looks after this board's radio; without it a radio that has fallen silent stays silent until its power goes. */
  readonly watchRadio?: (ports: HealthWatchPorts) => HealthWatch;
}

/** Starts a controller on what its flash holds. Throws where it refuses to start: a world without it has no meaning. */
export type BootController = (ports: BootPorts) => Booted;

/** Gives each device of a world its own crypto port that draws from `random` alone. */
export type CreateCrypto = (random: RandomPort) => CryptoPort;

/** The memory chip of one car. `sync` makes durable what was written; `losePower` forgets what was not. */
export interface WorldFlash {
  readonly port: FlashPort;
  sync(): void;
  losePower(): void;
}
