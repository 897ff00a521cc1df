import type { Advertisement, Radio } from "../air/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";

/** How long a phone looks for a car. */
export const SEARCH_MS = 15_000;

/** After this long without recognising the car, the nearest unknown ones are tried: this phone's resolving key may be old. */
export const UNRECOGNISED_AFTER_MS = 1_500;

/** Unknown cars one search remembers. */
const STRANGER_COUNT_MAX = 8;

export interface SearchListener {
  /** Whether this is the car; undefined: it cannot be told. */
  recognise(advertisement: Advertisement): boolean | undefined;
  found(radio: Radio): void;
  /** Neither the car nor an unknown one was heard in time. */
  failed(): void;
}

/** One look around for one car: the first that is recognised, else the strongest that could be it. Settles once. */
export class Search {
  readonly #clock: VirtualClock;
  readonly #listener: SearchListener;
  readonly #strangers = new Map<Radio, number>();
  readonly #tasks: Task[];
  #open = true;

  constructor(clock: VirtualClock, listener: SearchListener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#tasks = [
      clock.after(UNRECOGNISED_AFTER_MS, "search", () => this.#tryStranger()),
      clock.after(SEARCH_MS, "search over", () => this.#settle(() => listener.failed())),
    ];
  }

  get open(): boolean {
    return this.#open;
  }

  sighted(radio: Radio, advertisement: Advertisement, rssiDbm: number): void {
    if (!this.#open || !advertisement.connectable) return;
    const recognised = this.#listener.recognise(advertisement);
    if (recognised === true) this.#settle(() => this.#listener.found(radio));
    else if (recognised === undefined && this.#strangers.size < STRANGER_COUNT_MAX) this.#strangers.set(radio, rssiDbm);
  }

  cancel(): void {
    this.#settle(() => undefined);
  }

  #tryStranger(): void {
    if (!this.#open) return;
    let best: Radio | undefined;
    for (const [radio, rssiDbm] of this.#strangers) {
      if (best === undefined || rssiDbm > this.#strangers.get(best)!) best = radio;
    }
    if (best === undefined) this.#tasks.push(this.#clock.after(UNRECOGNISED_AFTER_MS, "search", () => this.#tryStranger()));
    else {
      const radio = best;
      this.#settle(() => this.#listener.found(radio));
    }
  }

  #settle(then: () => void): void {
    if (!this.#open) return;
    this.#open = false;
    for (const task of this.#tasks) this.#clock.cancel(task);
    then();
  }
}
