import type { HealthWatch, ResetStep } from "../../firmware/health/index.ts";
import type { Advertisement, Air, Radio } from "../air/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";
import type { Booted } from "./controller-like.ts";

/** What a silent radio wants before it speaks again: a reset of the adapter, or a new start of the process that drives it. */
export type RadioHang = "adapterReset" | "radioRestart";

/** From the end of the radio's process until the car starts it again. */
export const RADIO_RESTART_MS = 500;

/** What that process then takes on a small computer until it advertises. */
export const RADIO_START_MS = 5_000;

export interface BoardRadioParts {
  readonly clock: VirtualClock;
  readonly air: Air;
  observe(what: string): void;
  /** The radio has forgotten every link. */
  lost(): void;
}

/** The radio of a board: it may fall silent without a word, and is then helped by whatever watches it, or by nobody. */
export class BoardRadio {
  readonly #radio: Radio;
  readonly #parts: BoardRadioParts;
  #watch: HealthWatch | undefined;
  #shown: Advertisement | undefined;
  #hang: RadioHang | undefined;
  #restart: Task | undefined;

  constructor(radio: Radio, parts: BoardRadioParts) {
    this.#radio = radio;
    this.#parts = parts;
  }

  watchBy(create: Booted["watchRadio"]): void {
    const { clock } = this.#parts;
    this.#watch = create?.({
      // Asked is only a radio that hangs, see `hang`: it answers nothing.
      ask: () => undefined,
      take: (step) => this.#take(step),
      after: (durationMs, then) => {
        const task = clock.after(durationMs, "radio watch", then);
        return () => clock.cancel(task);
      },
    });
  }

  /** Goes on the air at once, or once the radio speaks again. */
  advertise(shown: Advertisement): void {
    this.#shown = shown;
    this.#parts.air.advertise(this.#radio, shown);
  }

  /**
   * Neither sends nor hears from now on, and says so to nobody. Heartbeats that are answered change nothing, so the watch is begun
   * here, as if the last answer had come this very moment: no hang is noticed later than such a one.
   */
  hang(hang: RadioHang): void {
    if (this.#hang !== undefined) return;
    this.#hang = hang;
    this.#parts.observe("radio hangs");
    this.#parts.air.switchPower(this.#radio, false);
    this.#watch?.start();
  }

  /** It was dead and works: what the controller has told it meanwhile is shown. */
  showAgain(): void {
    if (this.#shown !== undefined) this.advertise(this.#shown);
  }

  /** It is dead: what it carried has ended. Links that a courier brings go on. */
  die(): void {
    this.#parts.lost();
  }

  losePower(): void {
    this.#watch?.stop();
    this.#parts.clock.cancel(this.#restart);
    this.#parts.air.switchPower(this.#radio, false);
  }

  #take(step: ResetStep): void {
    this.#parts.observe(`radio ${step}`);
    switch (step) {
      case "restartAdvertising":
        return;
      case "resetAdapter":
        this.#parts.lost();
        if (this.#hang === "adapterReset") this.#speakAgain();
        return;
      case "restartProcess":
        this.#watch?.stop();
        this.#parts.lost();
        this.#restart = this.#parts.clock.after(RADIO_RESTART_MS + RADIO_START_MS, "radio restart", () => this.#speakAgain());
        return;
    }
  }

  #speakAgain(): void {
    this.#hang = undefined;
    this.#watch?.stop();
    this.#parts.observe("radio speaks again");
    this.#parts.air.switchPower(this.#radio, true);
    this.showAgain();
  }
}
