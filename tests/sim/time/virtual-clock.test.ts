import { describe, expect, it } from "vitest";
import { ClockStuck, VirtualClock } from "../../../sim/time/index.ts";

describe("the virtual clock", () => {
  it("runs tasks by time, and at one time in the order they were added", () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    for (const [atMs, name] of [[20, "c"], [10, "a"], [20, "d"], [10, "b"]] as const) clock.at(atMs, name, () => seen.push(name));
    clock.advance(30);
    expect(seen).toEqual(["a", "b", "c", "d"]);
    expect(clock.monotonicMs()).toBe(30);
  });

  it("keeps that order for thousands of tasks added in any order", () => {
    const clock = new VirtualClock();
    const seen: [number, number][] = [];
    for (let i = 0; i < 5_000; i++) {
      const atMs = (i * 7919) % 613;
      clock.at(atMs, "task", () => seen.push([atMs, i]));
    }
    clock.advance(1_000);
    const sorted = [...seen].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    expect(seen).toEqual(sorted);
    expect(seen).toHaveLength(5_000);
  });

  it("tells a task the time it was due, and leaves later tasks alone", () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    clock.after(5, "first", () => clock.after(5, "second", () => seen.push(clock.monotonicMs())));
    clock.after(11, "late", () => seen.push(-1));
    clock.advance(10);
    expect(seen).toEqual([10]);
    expect(clock.waitingCount).toBe(1);
  });

  it("does a task for a moment that has passed now, after what already waits for now", () => {
    const clock = new VirtualClock();
    clock.advance(100);
    const seen: string[] = [];
    clock.at(100, "waits", () => seen.push("waits"));
    clock.at(3, "late", () => seen.push("late"));
    clock.advance(0);
    expect(seen).toEqual(["waits", "late"]);
  });

  it("does not do what was called off, even after thousands were", () => {
    const clock = new VirtualClock();
    let ran = 0;
    const tasks = Array.from({ length: 3_000 }, (_, i) => clock.at(i, "task", () => ran++));
    tasks.forEach((task, i) => {
      if (i % 10 !== 0) clock.cancel(task);
    });
    clock.cancel(tasks[1]);
    expect(clock.waitingCount).toBe(300);
    clock.advance(3_000);
    expect(ran).toBe(300);
  });

  it("runs until a condition holds, and stops at the moment it does", () => {
    const clock = new VirtualClock();
    let count = 0;
    const tick = (): void => {
      count += 1;
      clock.after(10, "tick", tick);
    };
    clock.after(10, "tick", tick);
    expect(clock.runUntil(() => count === 3, 1_000)).toBe(true);
    expect(clock.monotonicMs()).toBe(30);
    expect(clock.runUntil(() => count === 1_000, 100)).toBe(false);
    expect(clock.monotonicMs()).toBe(130);
  });

  it("turns a world that goes round in circles at one instant into a readable failure", () => {
    const stuck = (): VirtualClock => {
      const clock = new VirtualClock();
      const again = (): void => void clock.after(0, "ping pong", again);
      again();
      return clock;
    };
    expect(() => stuck().advance(1)).toThrow(ClockStuck);
    expect(() => stuck().advance(1)).toThrow(/at one instant.*ping pong/);
  });

  it("turns a run of too many tasks into a failure, even when time moves", () => {
    const clock = new VirtualClock({ taskCountMax: 100 });
    const again = (): void => void clock.after(1, "tick", again);
    again();
    expect(() => clock.advance(1_000)).toThrow(/more than 100 tasks/);
  });

  it("takes whole milliseconds only", () => {
    expect(() => new VirtualClock().after(0.5, "half", () => undefined)).toThrow(RangeError);
    expect(() => new VirtualClock().at(NaN, "never", () => undefined)).toThrow(RangeError);
  });

  it("jumps over idle time at no cost", () => {
    const clock = new VirtualClock();
    clock.advance(365 * 86_400_000);
    expect(clock.taskCount).toBe(0);
  });
});
