/** Does `run` once, `delayMs` from now; the answer calls it off. */
export interface Timer {
  after(delayMs: number, run: () => void): () => void;
}

export const SYSTEM_TIMER: Timer = {
  after: (delayMs, run) => {
    const timeout = setTimeout(run, delayMs);
    return () => clearTimeout(timeout);
  },
};
