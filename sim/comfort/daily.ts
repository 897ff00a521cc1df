import type { Schedule } from "../../firmware/comfort/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";

const MINUTES_PER_DAY = 24 * 60;
const DAY_S = 86_400;

/** Something done each day at a minute of UTC, which is what the virtual world lives by. Waits for nothing while unset. */
export class Daily {
  readonly #clock: VirtualClock;
  readonly #unixS: () => number;
  readonly #run: () => void;
  #minute: number | undefined;
  #task: Task | undefined;

  constructor(clock: VirtualClock, unixS: () => number, run: () => void) {
    this.#clock = clock;
    this.#unixS = unixS;
    this.#run = run;
  }

  /** @param leadMinutes how much earlier than the schedule says. */
  set(schedule: Schedule | undefined, leadMinutes: number = 0): void {
    const minute = schedule && (schedule.minutesAfterMidnight - leadMinutes + MINUTES_PER_DAY) % MINUTES_PER_DAY;
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#plan();
  }

  #plan(): void {
    this.#clock.cancel(this.#task);
    this.#task = undefined;
    if (this.#minute === undefined) return;
    const waitS = (this.#minute * 60 - (this.#unixS() % DAY_S) + DAY_S) % DAY_S || DAY_S;
    this.#task = this.#clock.after(waitS * 1000, "schedule", () => {
      this.#plan();
      this.#run();
    });
  }
}
