import { describe, expect, it } from "vitest";
import { createTrace, describeRun, TRACE_LINE_COUNT_MAX, type Trace } from "../../../sim/chance/index.ts";

const hashOf = (fill: (trace: Trace) => void): string => {
  const trace = createTrace();
  fill(trace);
  return trace.hash();
};

describe("the trace", () => {
  it("hashes the same events alike, and any change of time, place, words, bytes or order differently", () => {
    const base = hashOf((t) => t.record(5, "car", "unlocked", Uint8Array.of(1, 2)));
    expect(hashOf((t) => t.record(5, "car", "unlocked", Uint8Array.of(1, 2)))).toBe(base);
    const others = [
      hashOf((t) => t.record(6, "car", "unlocked", Uint8Array.of(1, 2))),
      hashOf((t) => t.record(5, "cat", "unlocked", Uint8Array.of(1, 2))),
      hashOf((t) => t.record(5, "car", "unlocker", Uint8Array.of(1, 2))),
      hashOf((t) => t.record(5, "car", "unlocked", Uint8Array.of(1, 3))),
      hashOf((t) => t.record(5, "car", "unlocked", Uint8Array.of(1))),
      hashOf((t) => t.record(5, "car", "unlocked")),
      hashOf((t) => t.record(5, "caru", "nlocked", Uint8Array.of(1, 2))),
      hashOf((t) => t.record(5 + 2 ** 32, "car", "unlocked", Uint8Array.of(1, 2))),
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
    const ab = hashOf((t) => (t.record(1, "a", "x"), t.record(1, "b", "x")));
    const ba = hashOf((t) => (t.record(1, "b", "x"), t.record(1, "a", "x")));
    expect(ab).not.toBe(ba);
  });

  it("hashes alike whether it keeps lines or not", () => {
    const silent = createTrace({ keepLines: false });
    silent.record(1, "car", "woke");
    expect(silent.hash()).toBe(hashOf((t) => t.record(1, "car", "woke")));
    expect(silent.lines()).toEqual([]);
  });

  it("keeps the last lines only, and still hashes all", () => {
    const trace = createTrace();
    for (let i = 0; i < 3 * TRACE_LINE_COUNT_MAX; i++) trace.record(i, "car", "tick");
    expect(trace.lines()).toHaveLength(TRACE_LINE_COUNT_MAX);
    expect(trace.lines().at(-1)).toBe(`${3 * TRACE_LINE_COUNT_MAX - 1} car tick`);
    expect(trace.eventCount).toBe(3 * TRACE_LINE_COUNT_MAX);
  });

  it("prints what is needed to see a run again", () => {
    const line = describeRun({ seed: "7", scenario: "gig-2020", traceHash: "00ff", replayCommand: "latchkey incident replay gig-2020 --seed 7" });
    expect(line).toBe("scenario gig-2020, seed 7, trace 00ff; replay: latchkey incident replay gig-2020 --seed 7");
  });
});
