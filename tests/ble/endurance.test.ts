import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createRig, describeWithPeers } from "./rig.ts";
import { pairedCar } from "./world.ts";

/** Bytes in use after a collection. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

describeWithPeers("a car reached over Bluetooth for a long time", () => {
  it("serves a day of trips, through every change of its identity, from out of reach and back", async () => {
    const rig = createRig("a day of trips", { connectionIntervalMs: 30, lossPerMillion: 50_000 });
    const { world, owner } = await pairedCar(rig);
    for (let trip = 0; trip < 40; trip++) {
      rig.air.move(owner.controller, { position: { xCm: 1_000_000, yCm: 0 } });
      await rig.pass(35 * 60_000);
      rig.air.move(owner.controller, { position: { xCm: 150, yCm: 0 } });
      expect((await owner.ask({ kind: "unlock" })).answer.reply.code).toBe(0);
      await rig.pass(3000);
      expect(world.board.body.isLocked("driverDoor")).toBe(false);
      expect((await owner.ask({ kind: "lock", forced: false })).answer.reply.code).toBe(0);
      await rig.pass(3000);
      expect(world.board.body.isLocked("driverDoor")).toBe(true);
    }
    expect(world.troubles).toEqual([]);
  });

  it("leaves nothing behind after a thousand connections: no listener, no link, no memory", async () => {
    const rig = createRig("a thousand");
    const { world, owner } = await pairedCar(rig);
    const cycle = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const { answer } = await owner.ask(i % 2 === 0 ? { kind: "unlock" } : { kind: "lock", forced: false });
        expect(answer.reply.code).toBe(0);
      }
    };
    const listeners = (): string => ["exit", "SIGINT", "unhandledRejection"].map((event) => `${event} ${process.listenerCount(event)}`).join(", ");
    await cycle(400);
    await rig.pass(60_000);
    const [before, heapBefore] = [listeners(), heapBytes()];
    await cycle(600);
    await rig.pass(60_000);
    expect(listeners()).toBe(before);
    expect(world.controller.connectionCount + owner.controller.connectionCount + world.car.linkCount).toBe(0);
    const grownBytes = heapBytes() - heapBefore;
    console.info(`heap after 600 more connections: ${Math.round(grownBytes / 1024)} KiB more`);
    // Caches and the car's log grow by less than 3 KiB a connection; a connection that is kept whole takes more than this.
    expect(grownBytes).toBeLessThan(600 * 8192);
  });
});
