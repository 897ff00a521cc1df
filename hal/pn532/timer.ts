import { performance } from "node:perf_hooks";

/** Time as the driver sees it: the machine's, or a test's. */
export interface Timer {
  /** Milliseconds that never go back; fractions are welcome. */
  nowMs(): number;
  /** Does `run` `delayMs` from now, never from inside this call; the answer calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's own time. */
export const SYSTEM_TIMER: Timer = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
