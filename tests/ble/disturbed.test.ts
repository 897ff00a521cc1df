import { expect, it } from "vitest";
import { REASONS } from "../../firmware/wire/index.ts";
import { ATT, HANDLE, RawCentral } from "../../scripts/hil/raw-central.ts";
import { createRig, describeWithPeers } from "./rig.ts";
import { isWrite, tap } from "./tap.ts";
import { pairedCar, staysWhole } from "./world.ts";

const ATT_MTU_REQUEST = 0x02;
const OPCODE_OFFSET = 9;

const cm = (metres: number): { readonly position: { readonly xCm: number; readonly yCm: number } } => ({ position: { xCm: metres * 100, yCm: 0 } });

describeWithPeers("a phone whose Bluetooth stack leaves the MTU at 23", () => {
  it("pairs, unlocks cold and warm, and drives, 20 bytes at a time", async () => {
    const rig = createRig("mtu 23", { connectionIntervalMs: 30 });
    const { owner, world } = await pairedCar(rig);
    let longest = 0;
    tap(owner.controller, (packet) => {
      if (packet[OPCODE_OFFSET] === ATT_MTU_REQUEST) return Uint8Array.of(...packet.subarray(0, OPCODE_OFFSET + 1), 23, 0);
      longest = Math.max(longest, packet.length - OPCODE_OFFSET);
      return packet;
    });
    for (const [kind, path] of [["unlock", "full"], ["lock", "fast"], ["drive", "full"]] as const) {
      const asked = await owner.ask(kind === "lock" ? { kind, forced: false } : { kind });
      expect([kind, asked.answer.reply.code, asked.path]).toEqual([kind, 0, path]);
    }
    expect(longest).toBe(23);
    expect(world.troubles).toEqual([]);
  });
});

describeWithPeers("frames that change places on the way", () => {
  it.each([0, 1, 2, 3, 4, 5])("from frame %i of the phone on move nothing, and cost no more than the link", async (first) => {
    const rig = createRig(`reordered ${first}`, { connectionIntervalMs: 30 });
    const both = await pairedCar(rig);
    const { world, owner } = both;
    let frames = 0;
    let held: Uint8Array | undefined;
    const release = tap(owner.controller, (packet) => {
      if (packet[OPCODE_OFFSET] === ATT_MTU_REQUEST) return Uint8Array.of(...packet.subarray(0, OPCODE_OFFSET + 1), 23, 0);
      if (!isWrite(packet)) return packet;
      const index = frames++;
      if (index === first) {
        held = packet;
        return undefined;
      }
      if (index !== first + 1 || held === undefined) return packet;
      const earlier = held;
      // The packet behind goes first, the one held back follows it.
      setTimeout(() => owner.controller.receive(earlier), 0);
      return packet;
    });
    const outcome = await owner.ask({ kind: "unlock" }).catch(() => undefined);
    release();
    expect(outcome).toBeUndefined();
    await rig.pass(3000);
    expect(world.board.body.isLocked("driverDoor")).toBe(true);
    await staysWhole(both, rig);
  });
});

describeWithPeers("an adapter of the car that is reset", () => {
  it.each([0, 2, 4, 6, 8, 10, 12])("when the phone has sent %i packets costs the conversation, and the owner is served once it is back", async (count) => {
    const rig = createRig(`reset ${count}`, { connectionIntervalMs: 30 });
    const both = await pairedCar(rig);
    const { world, owner } = both;
    const release = tap(owner.controller, (packet, index) => {
      if (index === count) world.controller.hang("untilReset");
      return packet;
    });
    await owner.ask({ kind: "unlock" }).catch(() => undefined);
    release();
    await staysWhole(both, rig);
  });

  it("between two unlocks is over before the owner's key gives up", async () => {
    const rig = createRig("reset between");
    const both = await pairedCar(rig);
    await both.owner.ask({ kind: "unlock" });
    await both.owner.ask({ kind: "lock", forced: false });
    both.world.controller.hang("untilReset");
    const since = rig.nowMs();
    expect((await both.owner.ask({ kind: "unlock" })).answer.reply.code).toBe(0);
    console.info(`from the hang of the car's adapter to the owner's unlock, nobody touching the machine: ${((rig.nowMs() - since) / 1000).toFixed(1)} s`);
    await staysWhole(both, rig);
  });
});

describeWithPeers("a phone that walks in and out of reach", () => {
  it("opens nothing by being near, at any strength, and unlocks when asked to", async () => {
    const rig = createRig("walk in");
    const { world, owner } = await pairedCar(rig);
    rig.air.move(owner.controller, cm(60));
    for (const metres of [40, 20, 10, 5, 2, 1, 0.5]) {
      rig.air.move(owner.controller, cm(metres));
      await owner.talk(async (connection) => {
        expect((await connection.ask({ kind: "status" })).reply.code).toBe(0);
        await rig.pass(5000);
      }).catch(() => undefined);
      expect(world.board.body.isLocked("driverDoor"), `${metres} m`).toBe(true);
    }
    expect((await owner.ask({ kind: "unlock" })).answer.reply.code).toBe(0);
  });

  it.each([[false, "unlocked"], [true, "locked"]] as const)("with walk-away lock %s leaves the car %s", async (walkAwayEnabled, end) => {
    const rig = createRig("walk out");
    const { world, owner } = await pairedCar(rig, { walkAwayEnabled });
    await owner.talk(async (connection) => {
      expect((await connection.ask({ kind: "unlock" })).reply.code).toBe(0);
      await rig.pass(3000);
      world.board.enter(() => world.board.body.pullOutsideHandle("driverDoor"));
      await rig.pass(500);
      world.board.enter(() => world.board.body.close("driverDoor"));
      for (const metres of [5, 20, 60, 500]) {
        rig.air.move(owner.controller, cm(metres));
        await rig.pass(3000);
      }
    });
    await rig.pass(60_000);
    expect(world.board.body.isLocked("driverDoor")).toBe(end === "locked");
    rig.air.move(owner.controller, cm(1));
    expect((await owner.ask({ kind: "unlock" })).answer.reply.code).toBeOneOf([0, REASONS.nothingToDo.code]);
  });
});

describeWithPeers("strangers at a car whose driver has several connections", () => {
  it("that hold on to theirs and say nothing do not delay the owner", async () => {
    const rig = createRig("held", { connectionIntervalMs: 30 });
    const { world, owner } = await pairedCar(rig, { driver: "stoprocent" });
    const strangers = Array.from({ length: 6 }, () => new RawCentral(rig.addController()));
    const hold = async (): Promise<void> => {
      for (const stranger of strangers) if (!stranger.isConnected && world.controller.advertised !== undefined) stranger.connect(world.controller.advertised);
      await rig.pass(200);
      for (const stranger of strangers) stranger.send(ATT.subscribe);
    };
    let served = 0;
    for (let i = 0; i < 20; i++) {
      await hold();
      const sinceMs = rig.nowMs();
      const outcome = await owner.ask(i % 2 === 0 ? { kind: "unlock" } : { kind: "lock", forced: true }).catch(() => undefined);
      if (outcome?.answer.reply.code === 0 && rig.nowMs() - sinceMs < 10_000) served++;
    }
    console.info(`owner attempts served within 10 s against six strangers, with several connections: ${served} of 20`);
    expect(served).toBe(20);
  });

  it("that subscribe and vanish cost it nothing once the radio has noticed", async () => {
    const rig = createRig("vanish");
    const { world, owner } = await pairedCar(rig, { driver: "stoprocent" });
    for (let round = 0; round < 5; round++) {
      const strangers = Array.from({ length: 3 }, () => new RawCentral(rig.addController()));
      for (const stranger of strangers) {
        await rig.until("on the air", () => world.controller.advertised !== undefined);
        stranger.connect(world.controller.advertised!);
        await rig.until("connected", () => stranger.isConnected);
        stranger.send(ATT.subscribe);
        stranger.send(ATT.write(HANDLE.toCar, Uint8Array.of(0)));
      }
      await rig.pass(100);
    }
    expect((await owner.ask({ kind: "unlock" })).answer.reply.code).toBe(0);
  });
});
