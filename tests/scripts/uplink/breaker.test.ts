import { describe, expect, it } from "vitest";
import { Breaker, BREAKER_TABLE, FAILURE_COUNT_MAX, RETRY_AFTER_MAX_S, WAIT_FIRST_MS, WAIT_MAX_MS, type BreakerEvent, type BreakerState } from "../../../scripts/uplink/breaker.ts";

const longest = (): number => 0.999999;
const shortest = (): number => 0;

describe("the breaker's table", () => {
  it.each<[BreakerState, BreakerEvent, BreakerState]>([
    ["closed", "answered", "closed"],
    ["closed", "failed", "closed"],
    ["closed", "failedOften", "open"],
    ["closed", "lost", "open"],
    ["closed", "due", "closed"],
    ["open", "answered", "closed"],
    ["open", "failed", "open"],
    ["open", "failedOften", "open"],
    ["open", "lost", "open"],
    ["open", "due", "halfOpen"],
    ["halfOpen", "answered", "closed"],
    ["halfOpen", "failed", "open"],
    ["halfOpen", "failedOften", "open"],
    ["halfOpen", "lost", "open"],
    ["halfOpen", "due", "halfOpen"],
  ])("leads from %s by %s to %s", (from, event, to) => {
    expect(BREAKER_TABLE[from][event]).toBe(to);
  });

  it("has no row and no column beyond those", () => {
    expect(Object.values(BREAKER_TABLE).flatMap((row) => Object.keys(row)).length).toBe(15);
  });
});

describe("the breaker", () => {
  it("opens on the last of some failures in a row, and on none that an answer came between", () => {
    const breaker = new Breaker(longest);
    for (let round = 0; round < 3; round++) {
      for (let count = 1; count < FAILURE_COUNT_MAX; count++) breaker.told({ kind: "failed" }, 0);
      expect(breaker.state).toBe("closed");
      breaker.told({ kind: "answered" }, 0);
      expect(breaker.waitMs(0)).toBe(0);
    }
    for (let count = 1; count <= FAILURE_COUNT_MAX; count++) breaker.told({ kind: "failed" }, 0);
    expect(breaker.state).toBe("open");
  });

  it("opens at once where a name is unknown or a certificate wrong", () => {
    const breaker = new Breaker(longest);
    breaker.told({ kind: "lost" }, 0);
    expect(breaker.state).toBe("open");
    expect(breaker.waitMs(0)).toBeGreaterThan(WAIT_FIRST_MS);
  });

  it("asks one thing when the wait is over, and nothing else until that is answered", () => {
    const breaker = new Breaker(shortest);
    breaker.told({ kind: "lost" }, 0);
    const dueMs = breaker.waitMs(0);
    expect(breaker.waitMs(dueMs - 1)).toBe(1);
    expect(breaker.waitMs(dueMs)).toBe(0);
    expect(breaker.state).toBe("halfOpen");
    breaker.begin();
    expect(breaker.waitMs(dueMs)).toBe(Infinity);
    breaker.told({ kind: "answered" }, dueMs);
    expect(breaker.state).toBe("closed");
    expect(breaker.waitMs(dueMs)).toBe(0);
  });

  it("waits twice as long after each failure, up to a bound, by half of it at least", () => {
    for (const [chance, share] of [[longest, 1], [shortest, 0.5]] as const) {
      const breaker = new Breaker(chance);
      const waits: number[] = [];
      let nowMs = 0;
      for (let count = 0; count < 40; count++) {
        breaker.told({ kind: "failed" }, nowMs);
        waits.push(breaker.waitMs(nowMs));
        nowMs += waits.at(-1)!;
        breaker.waitMs(nowMs);
        breaker.begin();
      }
      waits.forEach((waitMs, count) => expect(waitMs / (share * Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** count))).toBeCloseTo(1, 4));
    }
  });

  it("honours Retry-After within a bound, and never waits less than by itself", () => {
    const breaker = new Breaker(longest);
    breaker.told({ kind: "failed", retryAfterS: 60 }, 0);
    expect(breaker.waitMs(0)).toBe(60_000);
    breaker.told({ kind: "failed", retryAfterS: 999_999_999 }, 0);
    expect(breaker.waitMs(0)).toBe(RETRY_AFTER_MAX_S * 1000);
    breaker.told({ kind: "failed", retryAfterS: 0 }, 0);
    expect(breaker.waitMs(0)).toBeGreaterThan(3_900);
  });
});
