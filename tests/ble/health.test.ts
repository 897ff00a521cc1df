import { expect, it } from "vitest";
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TIMEOUT_MS } from "../../firmware/health/index.ts";
import { startCarRadio } from "./cars.ts";
import { ATT, RawCentral } from "../../scripts/hil/raw-central.ts";
import { createRig, describeWithPeers } from "./rig.ts";

/** From the hang to the next heartbeat, and the two that are missed before the adapter is reset. */
const RESET_WITHIN_MS = HEARTBEAT_INTERVAL_MS + 2 * HEARTBEAT_TIMEOUT_MS + 100;

describeWithPeers("an adapter that hangs", () => {
  it("is reset, and the owner is served again without a hand laid on the machine", async () => {
    const rig = createRig("hang");
    const car = startCarRadio(rig);
    const owner = new RawCentral(rig.addController());
    await rig.pass(60_000);
    expect(car.troubles).toEqual([]);
    car.controller.hang("untilReset");
    const hungAtMs = rig.nowMs();
    owner.connect(car.shown.at(-1)!);
    await rig.until("connected", () => owner.isConnected);
    expect(rig.nowMs() - hungAtMs).toBeLessThan(RESET_WITHIN_MS + 500);
    owner.send(ATT.subscribe);
    await rig.until("link", () => car.events.length === 1);
    expect(car.troubles).toEqual([
      "the Bluetooth adapter does not answer: advertising is started again",
      "the Bluetooth adapter still does not answer: it is reset",
    ]);
    expect(car.failedCount).toBe(0);
    await rig.pass(60_000);
    expect(car.troubles).toHaveLength(2);
  });

  it("and takes a link with it: the car is told at once, not when the link's owner comes back", async () => {
    const rig = createRig("hang with link");
    const car = startCarRadio(rig);
    const owner = new RawCentral(rig.addController());
    await rig.until("advertising", () => car.shown.length > 0);
    owner.connect(car.shown.at(-1)!);
    await rig.until("connected", () => owner.isConnected);
    owner.send(ATT.subscribe);
    await rig.until("link", () => car.events.length === 1);
    car.controller.hang("untilReset");
    await rig.until("link closed", () => car.events.length === 2, RESET_WITHIN_MS);
    expect(car.events[1]).toEqual({ kind: "linkClosed", link: 1 });
    await rig.until("the owner has noticed", () => !owner.isConnected);
    owner.connect(car.shown.at(-1)!);
    await rig.until("connected again", () => owner.isConnected);
  });

  it("beyond a reset makes the radio ask for a new process, once", async () => {
    const rig = createRig("dead");
    const car = startCarRadio(rig);
    await rig.pass(1000);
    car.controller.hang("untilReattached");
    await rig.pass(5 * 60_000);
    expect(car.troubles.at(-1)).toBe("the Bluetooth adapter is beyond a reset: the radio starts again");
    expect(car.failedCount).toBe(1);
  });

  it("from the start is noticed too", async () => {
    const rig = createRig("never up");
    const car = startCarRadio(rig);
    car.controller.hang("untilReattached");
    await rig.until("asked for a new process", () => car.failedCount === 1, RESET_WITHIN_MS + HEARTBEAT_TIMEOUT_MS + 100);
    expect(car.shown).toEqual([]);
  });

  it("is noticed although somebody keeps a link", async () => {
    const rig = createRig("pulled");
    const car = startCarRadio(rig);
    await rig.pass(1000);
    car.controller.setPresent(false);
    await rig.until("asked for a new process", () => car.failedCount === 1, RESET_WITHIN_MS + HEARTBEAT_TIMEOUT_MS + 100);
  });
});
