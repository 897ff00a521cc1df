import type { LatchId } from "../../firmware/lock/index.ts";
import type { RelayChannels } from "./channels.ts";

/** The two relays of one lock motor, or of two buttons of a spare fob. */
export interface RelayLatchWiring {
  readonly latch: LatchId;
  readonly lockChannel: number;
  readonly unlockChannel: number;
}

/**
 * Lock actuators on relays: a pulse on one of two channels, never on both. That a relay has moved does not say where the bolt is:
 * only a bolt sensor does, and without one a latch has `feedback: "none"`. What is known is the failure, told as a stall.
 */
export class RelayLatches {
  readonly #channels: RelayChannels;
  readonly #wirings: ReadonlyMap<LatchId, RelayLatchWiring>;
  readonly #stalled: (latch: LatchId) => void;

  /** @param stalled a relay could not be energised, so that the latch has not moved. */
  constructor(wirings: readonly RelayLatchWiring[], channels: RelayChannels, stalled: (latch: LatchId) => void) {
    this.#wirings = new Map(wirings.map((wiring) => [wiring.latch, wiring]));
    this.#channels = channels;
    this.#stalled = stalled;
  }

  drive(latch: LatchId, toward: "locked" | "unlocked", pulseMs: number): void {
    const { lockChannel, unlockChannel } = this.#wiring(latch);
    this.#channels.pulse(toward === "locked" ? lockChannel : unlockChannel, pulseMs);
  }

  stop(latch: LatchId): void {
    const { lockChannel, unlockChannel } = this.#wiring(latch);
    this.#channels.hold(lockChannel, false);
    this.#channels.hold(unlockChannel, false);
  }

  /** To be told of each failure of the relays. */
  failed(channel: number, on: boolean): void {
    if (!on) return;
    for (const { latch, lockChannel, unlockChannel } of this.#wirings.values()) {
      if (channel === lockChannel || channel === unlockChannel) this.#stalled(latch);
    }
  }

  #wiring(latch: LatchId): RelayLatchWiring {
    const wiring = this.#wirings.get(latch);
    if (wiring === undefined) throw new RangeError(`latch ${latch} has no relays`);
    return wiring;
  }
}
