/** Monotonic time since some fixed moment of this boot: whole milliseconds, never backwards, never fails. */
export interface ClockPort {
  monotonicMs(): number;
}
