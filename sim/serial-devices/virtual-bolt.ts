import type { Scheduler } from "../hci/index.ts";

/** Shorter pulses move nothing. */
export const TRAVEL_MS = 120;

/** A bolt whose motor hangs on two relays. Both on at once burns it: it stays where it is and says so. */
export class VirtualBolt {
  position: "locked" | "unlocked" = "locked";
  /** Whether its two relays were ever on together. */
  isBurnt = false;
  /** Frozen: the motor turns, the bolt does not. */
  isStuck = false;
  readonly #scheduler: Scheduler;
  readonly #lockChannel: number;
  readonly #unlockChannel: number;
  readonly #changed: (position: "locked" | "unlocked") => void;
  readonly #on = new Set<number>();
  #cancel: () => void = () => undefined;

  constructor(wiring: { readonly lockChannel: number; readonly unlockChannel: number }, scheduler: Scheduler, changed: (position: "locked" | "unlocked") => void) {
    this.#lockChannel = wiring.lockChannel;
    this.#unlockChannel = wiring.unlockChannel;
    this.#scheduler = scheduler;
    this.#changed = changed;
  }

  /** A relay of the board has moved. */
  relayMoved(channel: number, on: boolean): void {
    if (channel !== this.#lockChannel && channel !== this.#unlockChannel) return;
    if (on) this.#on.add(channel);
    else this.#on.delete(channel);
    this.#cancel();
    if (this.#on.size === 2) this.isBurnt = true;
    if (this.#on.size !== 1 || this.isBurnt || this.isStuck) return;
    const toward = this.#on.has(this.#lockChannel) ? "locked" : "unlocked";
    if (toward === this.position) return;
    this.#cancel = this.#scheduler.after(TRAVEL_MS, () => {
      this.position = toward;
      this.#changed(toward);
    });
  }
}
