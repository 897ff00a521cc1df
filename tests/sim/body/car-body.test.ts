import { describe, expect, it } from "vitest";
import type { ControllerEvent } from "../../../firmware/controller/index.ts";
import { CarBody, virtualCarDescription, type BodyOptions } from "../../../sim/body/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

function car(options: BodyOptions = {}, changes = {}) {
  const clock = new VirtualClock();
  const events: ControllerEvent[] = [];
  const body = new CarBody(virtualCarDescription(changes), { clock, emit: (event) => events.push(event), observe: () => undefined }, options);
  const kinds = (): string[] => events.map((event) => ("latch" in event ? `${event.kind} ${event.latch}` : event.kind));
  const reports = (): string[] => events.flatMap((event) => (event.kind === "latchReported" ? [`${event.latch} ${event.report}`] : []));
  const drive = (toward: "locked" | "unlocked", pulseMs = 400, latch = "driverDoor"): void => {
    body.perform({ kind: "driveLatch", latch, toward, pulseMs });
    clock.advance(1_000);
  };
  return { clock, body, events, kinds, reports, drive };
}

describe("a latch", () => {
  it("takes its travel time and then reports its end stop", () => {
    const { body, clock, reports } = car();
    body.perform({ kind: "driveLatch", latch: "driverDoor", toward: "locked", pulseMs: 400 });
    clock.advance(100);
    expect(reports()).toEqual([]);
    expect(body.isLocked("driverDoor")).toBe(false);
    clock.advance(100);
    expect(reports()).toEqual(["driverDoor locked"]);
    expect(body.isLocked("driverDoor")).toBe(true);
  });

  it("does not move when the pulse ends before the way does, and reports nothing", () => {
    const { body, drive, reports } = car();
    drive("locked", 100);
    expect(body.isLocked("driverDoor")).toBe(false);
    expect(reports()).toEqual([]);
  });

  it("falls back when it is stopped on the way", () => {
    const { body, clock, reports } = car();
    body.perform({ kind: "driveLatch", latch: "driverDoor", toward: "locked", pulseMs: 400 });
    clock.advance(50);
    body.perform({ kind: "stopLatch", latch: "driverDoor" });
    clock.advance(1_000);
    expect([body.isLocked("driverDoor"), body.isMoving("driverDoor"), reports()]).toEqual([false, false, []]);
  });

  it("reports a stall as often as it stalls, and moves after that", () => {
    const { body, drive, reports } = car();
    body.setFault("driverDoor", { kind: "stall", times: 2 });
    for (let i = 0; i < 3; i++) drive("locked");
    expect(reports()).toEqual(["driverDoor stalled", "driverDoor stalled", "driverDoor locked"]);
  });

  it("stays where it is while jammed, until mended", () => {
    const { body, drive, reports } = car();
    body.setFault("driverDoor", { kind: "jam" });
    for (let i = 0; i < 4; i++) drive("locked");
    expect(reports()).toEqual(Array.from({ length: 4 }, () => "driverDoor stalled"));
    body.setFault("driverDoor", { kind: "none" });
    drive("locked");
    expect(body.isLocked("driverDoor")).toBe(true);
  });

  it("moves without a word when the wire of its end stop is broken, and not at all with a dead motor", () => {
    const { body, drive, reports } = car();
    body.setFault("driverDoor", { kind: "noAnswer" });
    drive("locked");
    expect([body.isLocked("driverDoor"), reports()]).toEqual([true, []]);
    body.setFault("trunk", { kind: "deadMotor" });
    drive("locked", 400, "trunk");
    expect([body.isLocked("trunk"), reports()]).toEqual([false, []]);
  });

  it("does not turn on a supply that is too low, and turns slower on a low one", () => {
    const flat = car();
    flat.body.battery.ramp(7_900, 0);
    flat.drive("locked");
    expect(flat.body.isLocked("driverDoor")).toBe(false);
    const low = car();
    low.body.battery.ramp(9_000, 0);
    low.body.perform({ kind: "driveLatch", latch: "driverDoor", toward: "locked", pulseMs: 400 });
    low.clock.advance(200);
    expect(low.body.isLocked("driverDoor")).toBe(false);
    low.clock.advance(100);
    expect(low.body.isLocked("driverDoor")).toBe(true);
  });

  it("does what its mechanics do when the power goes", () => {
    const latches = virtualCarDescription().latches.map((latch) => ({ ...latch, onPowerLoss: latch.id === "trunk" ? "locks" as const : "unlocks" as const }));
    const { body, drive } = car({}, { latches });
    drive("locked");
    body.losePower();
    expect([body.isLocked("driverDoor"), body.isLocked("trunk")]).toEqual([false, true]);
  });
});

describe("doors and people", () => {
  it("opens from outside only when not locked", () => {
    const { body, drive, kinds } = car();
    drive("locked");
    expect(body.pullOutsideHandle("driverDoor")).toBe(false);
    drive("unlocked");
    expect(body.pullOutsideHandle("driverDoor")).toBe(true);
    expect(kinds().at(-1)).toBe("doorChanged driverDoor");
  });

  it("always opens from inside, and says so first", () => {
    const { body, drive, kinds, events } = car();
    drive("locked");
    body.setFault("driverDoor", { kind: "jam" });
    events.length = 0;
    body.pullInsideHandle("driverDoor");
    expect(body.isOpen("driverDoor")).toBe(true);
    expect(kinds()).toEqual(["insideHandlePulled driverDoor", "latchReported driverDoor", "doorChanged driverDoor"]);
  });

  it("lets nobody in through a shut door, and reports the first in and the last out", () => {
    const { body, kinds, events } = car();
    expect(body.enter("ada", "driverDoor")).toBe(false);
    body.pullOutsideHandle("driverDoor");
    events.length = 0;
    expect(body.enter("ada", "driverDoor")).toBe(true);
    expect(body.enter("ben", "driverDoor")).toBe(true);
    body.leave("ada", "driverDoor");
    body.leave("ben", "driverDoor");
    body.leave("ben", "driverDoor");
    expect(kinds()).toEqual(["occupancyChanged", "occupancyChanged"]);
  });

  it("starts only when the immobiliser is released and somebody sits inside", () => {
    const { body, events } = car();
    expect(body.start()).toBe(false);
    body.perform({ kind: "setImmobiliser", released: true, limited: false });
    expect(body.start()).toBe(false);
    body.pullOutsideHandle("driverDoor");
    body.enter("ada", "driverDoor");
    expect(body.start()).toBe(true);
    body.perform({ kind: "setImmobiliser", released: false, limited: false });
    expect(body.running).toBe(true);
    body.setMoving(true);
    body.stopPowertrain();
    expect(body.start()).toBe(false);
    expect(events.flatMap((event) => (event.kind === "powertrainChanged" ? [[event.running, event.moving]] : []))).toEqual([[true, false], [true, true], [false, false]]);
  });

  it("reports each pulse of the crash wire when it is over", () => {
    const { body, clock, events } = car();
    body.pulseCrashWire(3, 20, 40);
    clock.advance(19);
    expect(events).toEqual([]);
    clock.advance(1_000);
    expect(events).toEqual(Array.from({ length: 3 }, () => ({ kind: "inputPulsed", input: "crash", pulseMs: 20 })));
  });

  it("tells a starting controller everything its sensors know", () => {
    const { body, kinds } = car();
    body.reportAll();
    expect(kinds().filter((kind) => kind.startsWith("doorChanged"))).toHaveLength(4);
    expect(kinds()).toContain("supplyMeasured");
    expect(kinds()).toContain("occupancyChanged");
  });

  it("knows no latch that its description does not list", () => {
    const { body } = car();
    expect(() => body.isLocked("sunroof")).toThrow(RangeError);
  });
});
