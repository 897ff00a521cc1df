import type { Task, VirtualClock } from "../time/index.ts";

const MINUTES_PER_DAY = 24 * 60;
const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;
const WEEK_S = MINUTES_PER_WEEK * 60;

/** The first day of Unix time was a Thursday; weeks here begin on Sunday. */
const FIRST_WEEKDAY = 4;

/** Something that is due at a minute of the day, on those days of the week whose bits are set; 1 is Sunday. */
export interface Appointment {
  readonly days: number;
  /** Below 0: on the day before; from 1440 on: on the day after. */
  readonly minute: number;
  readonly run: () => void;
}

/** What is to be done at times of the week (UTC, which is what the virtual world lives by). Waits for the next of it alone, and for nothing while there is none. */
export class Agenda {
  readonly #clock: VirtualClock;
  readonly #unixS: () => number;
  #appointments: readonly Appointment[] = [];
  #task: Task | undefined;

  constructor(clock: VirtualClock, unixS: () => number) {
    this.#clock = clock;
    this.#unixS = unixS;
  }

  set(appointments: readonly Appointment[]): void {
    this.#appointments = appointments;
    this.#plan();
  }

  #plan(): void {
    this.#clock.cancel(this.#task);
    this.#task = undefined;
    const waits = this.#appointments.flatMap(({ days, minute, run }) => minutesOfWeek(days, minute).map((at) => ({ run, waitS: waitOf(at, this.#unixS()) })));
    if (waits.length === 0) return;
    const nextS = Math.min(...waits.map(({ waitS }) => waitS));
    const due = waits.filter(({ waitS }) => waitS === nextS);
    this.#task = this.#clock.after(nextS * 1000, "agenda", () => {
      this.#plan();
      for (const { run } of due) run();
    });
  }
}

/** Whether a time of the week lies within hours that begin on one of `days` and last for so long. */
export function isWithin(unixS: number, days: number, startMinute: number, lastsMinutes: number): boolean {
  return minutesOfWeek(days, startMinute).some((at) => (secondOfWeek(unixS) - at * 60 + WEEK_S) % WEEK_S < lastsMinutes * 60);
}

function minutesOfWeek(days: number, minute: number): readonly number[] {
  const found = [0, 1, 2, 3, 4, 5, 6].filter((day) => (days & (1 << day)) !== 0);
  return found.map((day) => (day * MINUTES_PER_DAY + minute + MINUTES_PER_WEEK) % MINUTES_PER_WEEK);
}

/** What is due now was done now: it is due again in a week. */
function waitOf(minuteOfWeek: number, unixS: number): number {
  return (minuteOfWeek * 60 - secondOfWeek(unixS) + WEEK_S) % WEEK_S || WEEK_S;
}

function secondOfWeek(unixS: number): number {
  return (unixS + FIRST_WEEKDAY * 86_400) % WEEK_S;
}
