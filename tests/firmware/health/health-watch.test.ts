import { describe, expect, it } from "vitest";
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TIMEOUT_MS, HealthWatch, RESET_LADDER, type ResetStep } from "../../../firmware/health/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

/** An adapter that answers from `answersFrom` steps of the ladder on. */
function watched(answersFrom: number) {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const taken: (readonly [number, ResetStep])[] = [];
  const watch: HealthWatch = new HealthWatch({
    ask: () => {
      asked.push(clock.monotonicMs());
      if (taken.length >= answersFrom) clock.after(1, "answer", () => watch.alive());
    },
    take: (step) => taken.push([clock.monotonicMs(), step]),
    after: (durationMs, then) => {
      const task = clock.after(durationMs, "watch", then);
      return () => clock.cancel(task);
    },
  });
  watch.start();
  return { clock, watch, asked, taken };
}

const FIRST_MISS_MS = HEARTBEAT_INTERVAL_MS + HEARTBEAT_TIMEOUT_MS;

describe("the watch over a radio", () => {
  it("asks at intervals and does nothing while answers come", () => {
    const { clock, asked, taken } = watched(0);
    clock.advance(10 * (HEARTBEAT_INTERVAL_MS + 1));
    expect(asked).toEqual(Array.from({ length: 10 }, (_, beat) => (beat + 1) * HEARTBEAT_INTERVAL_MS + beat));
    expect(taken).toEqual([]);
  });

  it("climbs one step for each answer that does not come, and no further than it has to", () => {
    const { clock, taken } = watched(2);
    clock.advance(3_600_000);
    expect(taken).toEqual([[FIRST_MISS_MS, "restartAdvertising"], [FIRST_MISS_MS + HEARTBEAT_TIMEOUT_MS, "resetAdapter"]]);
  });

  it("takes each step once where none helps, and then rests", () => {
    const { clock, asked, taken } = watched(Infinity);
    clock.advance(3_600_000);
    expect(taken.map(([, step]) => step)).toEqual(RESET_LADDER);
    expect(asked).toHaveLength(RESET_LADDER.length + 1);
  });

  it("neither asks nor acts once it is stopped, and begins from the bottom when it starts again", () => {
    const { clock, watch, asked, taken } = watched(Infinity);
    clock.advance(FIRST_MISS_MS);
    watch.stop();
    watch.alive();
    const before = asked.length;
    clock.advance(3_600_000);
    expect([asked.length, taken.length]).toEqual([before, 1]);
    watch.start();
    clock.advance(FIRST_MISS_MS);
    expect(taken.map(([, step]) => step)).toEqual(["restartAdvertising", "restartAdvertising"]);
  });
});
