import { describe, it, onTestFinished, vi } from "vitest";
import type { BluetoothDriver } from "../../hal/ble/index.ts";
import type { Bleno } from "../../hal/ble-car/index.ts";
import type { Noble } from "../../hal/ble-key/index.ts";
import { createPrng } from "../../sim/chance/index.ts";
import { HciAir, type HciAirSettings, type HciController, type Scheduler } from "../../sim/hci/index.ts";
import { arePeersInstalled, loadVirtualBleno, loadVirtualNoble, putUp } from "../../scripts/hil/virtual-peers.ts";

/**
 * Tests on unmodified noble and bleno. Where these are not installed the tests count as not run, and say how to run them; with
 * LATCHKEY_PEERS=required they fail.
 */
export function describeWithPeers(name: string, tests: () => void): void {
  if (arePeersInstalled()) return void describe(name, tests);
  const how = "not run without: npm ci --ignore-scripts --prefix tests/ble/peers";
  describe(name, () => {
    if (process.env["LATCHKEY_PEERS"] !== "required") return void it.skip(how, () => undefined);
    it(how, () => {
      throw new Error("noble and bleno are not installed in tests/ble/peers");
    });
  });
}

/** The virtual air, and host stacks on its controllers, all in virtual time: timers stand still until the test moves them. */
export interface Rig {
  readonly air: HciAir;
  /** A controller that host stacks find under the number of its turn: 0, 1, ... */
  addController(): HciController;
  /** A bleno that nobody has used yet, on the controller `device`. */
  loadBleno(device: number, driver?: BluetoothDriver): Bleno;
  loadNoble(device: number, driver?: BluetoothDriver): Noble;
  nowMs(): number;
  pass(durationMs: number): Promise<void>;
  /** Lets time pass until `holds()`; fails where it does not within `limitMs`. */
  until(what: string, holds: () => boolean, limitMs?: number): Promise<void>;
  /** The value, letting time pass until it is there. */
  settle<T>(what: string, promise: Promise<T>, limitMs?: number): Promise<T>;
}

export function createRig(seed: string, settings: Partial<HciAirSettings> = {}): Rig {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate", "performance", "hrtime", "Date"], now: 0 });
  const hung = { exit: process.listeners("exit"), SIGINT: process.listeners("SIGINT") };
  const controllers = new Map<number, HciController>();
  const takeDown = putUp(controllers);
  onTestFinished(() => {
    takeDown();
    // Each bleno and noble hangs itself there for ever.
    for (const listener of process.listeners("exit")) if (!hung.exit.includes(listener)) process.off("exit", listener);
    for (const listener of process.listeners("SIGINT")) if (!hung.SIGINT.includes(listener)) process.off("SIGINT", listener);
    vi.useRealTimers();
  });
  const air = new HciAir(TIMERS, createPrng(seed), settings);
  const until: Rig["until"] = async (what, holds, limitMs = 60_000) => {
    const endMs = Date.now() + limitMs;
    await vi.advanceTimersByTimeAsync(0);
    while (!holds()) {
      if (Date.now() >= endMs || vi.getTimerCount() === 0) throw new Error(`${what} has not come to hold within ${limitMs} ms (seed ${seed})`);
      await vi.advanceTimersToNextTimerAsync();
    }
  };
  return {
    air,
    addController: () => {
      const device = controllers.size;
      const controller = air.addController({ address: `00:16:ee:00:42:${device.toString(16).padStart(2, "0")}` });
      controllers.set(device, controller);
      return controller;
    },
    loadBleno: loadVirtualBleno,
    loadNoble: loadVirtualNoble,
    nowMs: () => Date.now(),
    pass: async (durationMs) => void (await vi.advanceTimersByTimeAsync(durationMs)),
    until,
    settle: async (what, promise, limitMs) => {
      let settled = false;
      const watched = promise.finally(() => (settled = true));
      watched.catch(() => undefined);
      await until(what, () => settled, limitMs);
      return watched;
    },
  };
}

const TIMERS: Scheduler = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
