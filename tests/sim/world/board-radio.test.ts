import { describe, expect, it } from "vitest";
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TIMEOUT_MS } from "../../../firmware/health/index.ts";
import { RESTART_FIRST_MS } from "../../../hal/radio-process/supervisor.ts";
import { bootLatchkey, claimCar, RADIO_RESTART_MS, RADIO_START_MS, World, type BootController, type Car, type RadioHang } from "../../../sim/world/index.ts";
import { createCrypto, lockByHand, settle } from "../latchkey.ts";

const RESET_AFTER_MS = HEARTBEAT_INTERVAL_MS + 2 * HEARTBEAT_TIMEOUT_MS;
const RESTARTED_AFTER_MS = RESET_AFTER_MS + HEARTBEAT_TIMEOUT_MS + RADIO_RESTART_MS + RADIO_START_MS;

/** A car whose owner stands at the driver's door, connected. */
function claimed(boot: BootController = bootLatchkey) {
  const world = new World({ seed: "radio", createCrypto });
  const car = world.addCar({ name: "car", boot });
  world.clock.advance(1_000);
  const owner = world.addPhone({ name: "owner", place: { position: car.placeAt("driverDoor") } });
  const vehicleId = claimCar(world, car, owner);
  const unlocks = (): boolean => {
    lockByHand(car);
    world.clock.advance(1_000);
    return settle(world, (settled) => owner.ask(vehicleId, { kind: "unlock" }, settled)).kind === "done" && !car.body.lockedUp;
  };
  world.clock.advance(10_000);
  expect(unlocks()).toBe(true);
  return { world, car, owner, vehicleId, unlocks };
}

/** How long after its hang the car is on the air again; undefined: not within a day. */
function silentForMs(world: World, car: Car, hang: RadioHang): number | undefined {
  const hungAtMs = world.clock.monotonicMs();
  car.hangRadio(hang);
  return world.clock.runUntil(() => car.radio.on && car.radio.advertisement !== undefined, 86_400_000) ? world.clock.monotonicMs() - hungAtMs : undefined;
}

describe("a car's radio that falls silent", () => {
  it("speaks again after a reset, as late as the watch of a real board may find it, and serves its owner", () => {
    const { world, car, unlocks } = claimed();
    expect(silentForMs(world, car, "adapterReset")).toBe(RESET_AFTER_MS);
    expect(unlocks()).toBe(true);
    expect(silentForMs(world, car, "adapterReset")).toBe(RESET_AFTER_MS);
  });

  it("starts anew where a reset does not help, after the wait of the real supervisor", () => {
    const { world, car, unlocks } = claimed();
    expect(RADIO_RESTART_MS).toBe(RESTART_FIRST_MS);
    expect(silentForMs(world, car, "radioRestart")).toBe(RESTARTED_AFTER_MS);
    expect(unlocks()).toBe(true);
  });

  it("is deaf, and its owner's link dies at both ends", () => {
    const { world, car, owner, vehicleId } = claimed();
    expect(owner.isConnected(vehicleId)).toBe(true);
    car.hangRadio("radioRestart");
    world.clock.advance(RESET_AFTER_MS - 1);
    expect([owner.isConnected(vehicleId), car.radio.on, car.radio.advertisement]).toEqual([false, false, undefined]);
    const told = world.trace.lines().filter((line) => line.includes("event linkClosed")).length;
    world.clock.advance(1);
    expect(world.trace.lines().filter((line) => line.includes("event linkClosed"))).toHaveLength(told + 1);
  });

  it("takes no link with it that came another way", () => {
    const { world, car } = claimed();
    car.board!.remoteLinkOpened({ open: true, attPayloadBytes: 244, send: () => undefined, close: () => undefined });
    car.hangRadio("adapterReset");
    world.clock.advance(RESET_AFTER_MS);
    expect(world.trace.lines().filter((line) => line.includes("event linkOpened"))).toHaveLength(3);
    expect(world.trace.lines().filter((line) => line.includes("event linkClosed"))).toHaveLength(2);
  });

  it("stays silent where nobody watches it, until the power goes and comes", () => {
    const { world, car, unlocks } = claimed((ports) => {
      const { controller, effects } = bootLatchkey(ports);
      return { controller, effects };
    });
    expect(silentForMs(world, car, "adapterReset")).toBeUndefined();
    car.restart();
    expect(unlocks()).toBe(true);
  });

  it("and loses power in the middle of its restart: it starts once", () => {
    const { world, car, unlocks } = claimed();
    car.hangRadio("radioRestart");
    world.clock.advance(RESTARTED_AFTER_MS - 1_000);
    car.losePower();
    world.clock.advance(60_000);
    expect(car.radio.on).toBe(false);
    car.restorePower();
    expect(unlocks()).toBe(true);
  });
});
