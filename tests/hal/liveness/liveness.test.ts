import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ALIVE_INTERVAL_MS, tellLiveness } from "../../../hal/liveness/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function telling(env: Readonly<Record<string, string>>, hasParent = false) {
  const toSystemd: string[] = [];
  const toParent = { count: 0 };
  const liveness = tellLiveness({
    env,
    pid: 42,
    tellParent: hasParent ? () => toParent.count++ : undefined,
    runProgram: (program, args) => toSystemd.push([program, ...args].join(" ")),
  });
  return { liveness, toSystemd, toParent };
}

const SOCKET = { NOTIFY_SOCKET: "/run/systemd/notify" };

describe("signs of life", () => {
  it("go to systemd when the process is ready, twice in each watchdog period, and when it stops", () => {
    const { liveness, toSystemd } = telling({ ...SOCKET, WATCHDOG_USEC: "30000000", WATCHDOG_PID: "42" });
    vi.advanceTimersByTime(60_000);
    expect(toSystemd).toEqual([]);
    liveness.ready();
    vi.advanceTimersByTime(45_000);
    expect(toSystemd).toEqual(["systemd-notify READY=1", ...Array<string>(4).fill("systemd-notify WATCHDOG=1")]);
    liveness.stop();
    vi.advanceTimersByTime(60_000);
    expect(toSystemd.slice(5)).toEqual(["systemd-notify STOPPING=1"]);
  });

  it.each([
    ["without a watchdog", { ...SOCKET }],
    ["with a watchdog meant for another process", { ...SOCKET, WATCHDOG_USEC: "30000000", WATCHDOG_PID: "41" }],
    ["with a period that is no number", { ...SOCKET, WATCHDOG_USEC: "soon" }],
  ])("%s are the beginning and the end alone", (_, env) => {
    const { liveness, toSystemd } = telling(env);
    liveness.ready();
    vi.advanceTimersByTime(120_000);
    liveness.stop();
    expect(toSystemd).toEqual(["systemd-notify READY=1", "systemd-notify STOPPING=1"]);
  });

  it("go to the process that started this one from the first moment", () => {
    const { liveness, toParent, toSystemd } = telling({}, true);
    vi.advanceTimersByTime(3 * ALIVE_INTERVAL_MS);
    expect(toParent.count).toBe(4);
    liveness.stop();
    vi.advanceTimersByTime(3 * ALIVE_INTERVAL_MS);
    expect(toParent.count).toBe(4);
    expect(toSystemd).toEqual([]);
  });
});
