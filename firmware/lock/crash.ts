import type { CrashInputDescription } from "./description.ts";

/** Longest list of pulses that is remembered; a description that asks for more is refused. */
export const CRASH_PULSES_MAX = 64;

/** When the pulses that fit began, oldest first; at most as many as the pattern asks for. */
export type CrashWatch = readonly number[];

/** Nothing seen yet. */
export const CRASH_WATCH_START: CrashWatch = [];

/** A completed pulse on a wired input. */
export interface InputPulse {
  readonly input: string;
  readonly pulseMs: number;
}

/**
 * Adds a pulse that ended at `nowMs` to the watch and says whether the pattern is now complete: enough pulses of the right
 * length on the named input, from the beginning of the first to the end of the last within the window. A pulse that does not
 * fit is not counted. A complete pattern starts the watch anew. Pure.
 */
export function watchCrash(
  pattern: CrashInputDescription,
  watch: CrashWatch,
  pulse: InputPulse,
  nowMs: number,
): { readonly watch: CrashWatch; readonly complete: boolean } {
  const fits = pulse.input === pattern.input && pulse.pulseMs >= pattern.pulseMsMin && pulse.pulseMs <= pattern.pulseMsMax;
  if (!fits) return { watch, complete: false };
  const inWindow = [...watch, nowMs - pulse.pulseMs].filter((beganAtMs) => beganAtMs >= nowMs - pattern.windowMs);
  if (inWindow.length >= pattern.pulses) return { watch: CRASH_WATCH_START, complete: true };
  return { watch: inWindow, complete: false };
}
