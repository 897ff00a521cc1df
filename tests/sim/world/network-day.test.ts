import { describe, expect, it } from "vitest";
import type { Uplink } from "../../../sim/cloud/index.ts";
import { bootLatchkey, NETWORKS, playNetworkDay, type BootController, type Network } from "../../../sim/world/index.ts";
import { createCrypto } from "../latchkey.ts";

const play = (network: Network, boot: (uplink: Uplink) => BootController = () => bootLatchkey) => playNetworkDay(network, { createCrypto, boot });

/** Looks for its maker at each frame, and does not hear the frame while it waits. */
const asking = (uplink: Uplink): BootController => (ports) => {
  const booted = bootLatchkey(ports);
  const { controller } = booted;
  let waiting = false;
  return {
    ...booted,
    controller: {
      status: () => controller.status(),
      durable: () => controller.durable(),
      handle: (event) => {
        if (event.kind === "frameReceived" && waiting) return [];
        if (event.kind === "linkOpened") {
          waiting = true;
          uplink.request({ kind: "renewLease", car: "car" }, () => (waiting = false));
        }
        return controller.handle(event);
      },
    },
  };
};

describe("a day of visits", () => {
  const without = play("none");

  it.each(NETWORKS.filter((network) => network !== "none"))("with the network %s has the same effects at the same moments as without any", (network) => {
    const { traceHash, outcomes, unlockMs, requests } = play(network);
    expect({ traceHash, outcomes, unlockMs }).toEqual({ traceHash: without.traceHash, outcomes: without.outcomes, unlockMs: without.unlockMs });
    expect(requests).toBeGreaterThan(network === "flooding" ? 1_000 : 0);
  });

  it("is a day on which people get in and drive", () => {
    expect(new Set(without.outcomes)).toEqual(new Set(["unlock done", "drive done", "starts true", "lock done"]));
    expect(without.requests).toBe(0);
  });

  it("differs with a controller that asks its maker", () => {
    const differs = (): boolean => {
      try {
        return play("dead", asking).traceHash !== play("none", asking).traceHash;
      } catch {
        return true;
      }
    };
    expect(differs()).toBe(true);
  });
});
