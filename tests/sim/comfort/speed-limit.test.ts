import { describe, expect, it } from "vitest";
import { systems } from "./systems.ts";

describe("the speed limit", () => {
  it("takes the first PIN for its own, and no other from then on", () => {
    const { comfort, reports } = systems();
    comfort.perform({ kind: "speedLimit", active: true, pin: "1234" });
    expect(comfort.state.speedLimit).toMatchObject({ active: true, pinSet: true });
    const before = reports.length;
    comfort.perform({ kind: "speedLimit", active: false, pin: "4321" });
    expect(reports).toHaveLength(before);
    expect(comfort.state.speedLimit.active).toBe(true);
    comfort.perform({ kind: "speedLimit", active: false, pin: "1234" });
    expect(comfort.state.speedLimit).toMatchObject({ active: false, pinSet: true });
    comfort.perform({ kind: "clearSpeedLimitPin", pin: "4321" });
    expect(comfort.state.speedLimit.pinSet).toBe(true);
    comfort.perform({ kind: "clearSpeedLimitPin", pin: "1234" });
    expect(comfort.state.speedLimit.pinSet).toBe(false);
    comfort.perform({ kind: "speedLimit", active: true, pin: "4321" });
    expect(comfort.state.speedLimit.active).toBe(true);
    expect(JSON.stringify(reports)).not.toMatch(/1234"|4321"/);
  });

  it("is answered, whether its PIN was right, once it has told what has changed", () => {
    const { comfort, reports, pins } = systems();
    comfort.perform({ kind: "speedLimit", active: true, pin: "1234" }, 1);
    expect([reports.length, pins]).toEqual([1, [[1, true]]]);
    comfort.perform({ kind: "speedLimit", active: false, pin: "4321" }, 2);
    comfort.perform({ kind: "clearSpeedLimitPin", pin: "1234" }, 3);
    comfort.perform({ kind: "speedLimit", active: false, pin: "1234" }, 4);
    comfort.perform({ kind: "clearSpeedLimitPin", pin: "4321" }, 5);
    expect(pins.slice(1)).toEqual([[2, false], [3, false], [4, true], [5, false]]);
  });

  it("is cleared without a PIN by whoever needs none, and never while it is on", () => {
    const { comfort } = systems();
    comfort.perform({ kind: "speedLimit", active: true, pin: "1234" });
    comfort.perform({ kind: "clearSpeedLimitPin", pin: undefined });
    expect(comfort.state.speedLimit.pinSet).toBe(true);
    comfort.perform({ kind: "speedLimit", active: false, pin: "1234" });
    comfort.perform({ kind: "clearSpeedLimitPin", pin: undefined });
    expect(comfort.state.speedLimit.pinSet).toBe(false);
  });

  it("holds the car below its cruising speed", () => {
    const { comfort } = systems();
    comfort.follow({ running: true, moving: true });
    expect(comfort.state.speedMph).toBe(62);
    comfort.perform({ kind: "setSpeedLimit", mph: 50 });
    comfort.perform({ kind: "speedLimit", active: true, pin: "1234" });
    expect(comfort.state.speedMph).toBe(50);
  });
});
