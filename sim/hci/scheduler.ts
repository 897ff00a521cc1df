import type { VirtualClock } from "../time/index.ts";

/** Time as the virtual controllers see it, so that they run on a virtual clock or, under real host stacks, on the host's timers. */
export interface Scheduler {
  nowMs(): number;
  /** Does `run` `delayMs` from now, never from inside this call; the answer calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

/** The scheduler of a virtual clock. */
export function schedulerOf(clock: VirtualClock): Scheduler {
  return {
    nowMs: () => clock.monotonicMs(),
    after: (delayMs, run) => {
      const task = clock.after(delayMs, "hci", run);
      return () => clock.cancel(task);
    },
  };
}
