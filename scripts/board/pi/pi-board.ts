import type { ReaderId, TeslaOptions, UpdateSettings } from "../../../firmware/controller/index.ts";
import type { VehicleDescription } from "../../../firmware/lock/index.ts";
import type { ClockPort, SlotStore } from "../../../firmware/ports/index.ts";
import { createMonotonicClock } from "../../../hal/clock/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../../hal/random/index.ts";
import { RelayLatches, type RelayChannels } from "../../../hal/relay/index.ts";
import type { PiSettings } from "../../config/pi-settings.ts";
import type { Board, BoardFlash, OpenRadio, WireEffect, WireEvent } from "../board.ts";
import type { OpenDevice } from "./device.ts";
import type { PiReaders } from "./readers.ts";

/** The longest wait of one `setTimeout`. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

export interface PiBoardOptions {
  readonly flash: BoardFlash;
  readonly description: VehicleDescription;
  readonly pi: PiSettings;
  readonly relays: RelayChannels;
  readonly devices: readonly OpenDevice[];
  readonly readers: PiReaders;
  readonly noticed: (what: string) => void;
  readonly update?: UpdateSettings;
  readonly slots?: SlotStore;
  readonly tesla?: TeslaOptions;
}

/** A Raspberry Pi, or any Linux machine: relays, input lines, a clock, and the real time. */
export class PiBoard implements Board {
  readonly ports;
  readonly description: VehicleDescription;
  readonly radios: readonly OpenRadio[] = [];
  readonly update?: UpdateSettings;
  readonly slots?: SlotStore;
  readonly tesla?: TeslaOptions;
  readonly #clock: ClockPort = createMonotonicClock();
  readonly #options: PiBoardOptions;
  readonly #latches: RelayLatches;
  #open: readonly { close(): void }[] = [];
  #tell: ((event: WireEvent) => void) | undefined;
  #wake: NodeJS.Timeout | undefined;

  constructor(options: PiBoardOptions) {
    this.#options = options;
    this.description = options.description;
    if (options.update !== undefined) this.update = options.update;
    if (options.slots !== undefined) this.slots = options.slots;
    if (options.tesla !== undefined) this.tesla = options.tesla;
    const random = createSystemRandom();
    this.ports = { clock: this.#clock, random, crypto: createNodeCrypto({ random }), flash: options.flash };
    this.#latches = new RelayLatches(options.pi.latches, options.relays, (latch) => this.#tell?.({ kind: "latchReported", latch, report: "stalled" }));
  }

  enter<T>(work: () => T): T {
    return work();
  }

  wakeAt(atMs: number | undefined, wake: () => void): void {
    clearTimeout(this.#wake);
    if (atMs === undefined) return;
    const waitMs = atMs - this.#clock.monotonicMs();
    this.#wake = setTimeout(() => {
      // The timer's clock is another one, and it cannot wait for months.
      if (this.#clock.monotonicMs() < atMs) this.wakeAt(atMs, wake);
      else wake();
    }, Math.min(Math.max(waitMs, 0), TIMEOUT_MS_MAX));
  }

  actuate(effect: WireEffect): void {
    switch (effect.kind) {
      case "driveLatch":
        return this.#latches.drive(effect.latch, effect.toward, effect.pulseMs);
      case "stopLatch":
        return this.#latches.stop(effect.latch);
      case "setImmobiliser": {
        const channel = this.#options.pi.immobiliserChannel;
        if (channel !== undefined) return this.#options.relays.hold(channel, effect.released);
        if (effect.released) this.#options.noticed("driving is authorised, but no immobiliser is wired");
      }
    }
  }

  askCard(reader: ReaderId, command: Uint8Array): void {
    this.#options.readers.ask(reader, command);
  }

  releaseCard(reader: ReaderId): void {
    this.#options.readers.release(reader);
  }

  /** To be told of each failure of the relays. */
  relayFailed(channel: number, on: boolean): void {
    this.#latches.failed(channel, on);
  }

  connectWires(tell: (event: WireEvent) => void): void {
    this.#tell = tell;
    this.#open = [...this.#options.devices, ...this.#options.readers.devices].map((open) => open(tell));
  }

  async close(): Promise<void> {
    this.#tell = undefined;
    clearTimeout(this.#wake);
    for (const device of this.#open) device.close();
    await this.#options.relays.close();
    this.ports.flash.close();
  }
}
