import { describe, expect, it } from "vitest";
import { createMonotonicClock, EARLIEST_PLAUSIBLE_UNIX_S, readWallClock } from "../../hal/clock/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";

describe("the monotonic clock", () => {
  it("gives whole milliseconds, rounded down", () => {
    expect(createMonotonicClock(() => 1_999_999n).monotonicMs()).toBe(1);
    expect(Number.isInteger(createMonotonicClock().monotonicMs())).toBe(true);
  });

  it("never goes back, even where the machine's does", () => {
    const readings = [5_000_000n, 3_000_000n, 6_000_000n];
    const clock = createMonotonicClock(() => readings.shift()!);
    expect([clock.monotonicMs(), clock.monotonicMs(), clock.monotonicMs()]).toEqual([5, 5, 6]);
  });
});

describe("the wall clock", () => {
  it("gives whole seconds and says that the machine claims them", () => {
    expect(readWallClock(() => 1_790_000_000_999)).toEqual({ unixS: 1_790_000_000, source: "system" });
    expect(Math.abs(readWallClock().unixS - Date.now() / 1000)).toBeLessThan(60);
  });

  it("says that nobody stands for a date before this program existed", () => {
    expect(readWallClock(() => 0).source).toBe("none");
    expect(readWallClock(() => EARLIEST_PLAUSIBLE_UNIX_S * 1000 - 1).source).toBe("none");
    expect(readWallClock(() => EARLIEST_PLAUSIBLE_UNIX_S * 1000).source).toBe("system");
  });
});

describe("the system's randomness", () => {
  it("gives as many bytes as asked, plain, and other ones each time", () => {
    const random = createSystemRandom();
    for (const length of [0, 1, 32, 70_000]) expect(random.bytes(length).length).toBe(length);
    expect(random.bytes(8).constructor).toBe(Uint8Array);
    expect(random.bytes(32)).not.toEqual(random.bytes(32));
  });
});
