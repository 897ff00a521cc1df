import { expect, it } from "vitest";
import { REASONS } from "../../firmware/wire/index.ts";
import { revokeGrant } from "../../firmware/key/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import type { Overheard } from "../../sim/hci/index.ts";
import { ATT, HANDLE, RawCentral } from "../../scripts/hil/raw-central.ts";
import { createRig, describeWithPeers } from "./rig.ts";
import { isWrite, tap, VALUE_OFFSET } from "./tap.ts";
import { BlePhone, pairedCar, staysWhole } from "./world.ts";

const crypto = createNodeCrypto({ random: createSystemRandom() });

describeWithPeers("a car reached over Bluetooth, its cloud gone", () => {
  it("is paired, unlocked cold and warm, locked, its trunk opened and its drive released", async () => {
    const rig = createRig("acts", { connectionIntervalMs: 30 });
    const { world, owner } = await pairedCar(rig);
    world.board.cloud.mode = "gone";
    for (const [kind, path] of [["unlock", "full"], ["lock", "fast"], ["unlock", "fast"], ["trunk", "full"], ["drive", "full"]] as const) {
      const asked = await owner.ask(kind === "lock" ? { kind, forced: false } : { kind });
      expect([kind, asked.answer.reply.code, asked.path]).toEqual([kind, 0, path]);
    }
    await rig.pass(3000);
    expect(world.board.body.isLocked("driverDoor")).toBe(false);
    expect(world.board.body.isLocked("trunk")).toBe(false);
    expect(world.troubles).toEqual([]);
  });

  it("serves a guest by value whom no cloud has told it of, and refuses him once the owner has revoked", async () => {
    const rig = createRig("guest");
    const { world, owner } = await pairedCar(rig);
    const guest = new BlePhone(rig, 2, "ben");
    owner.share(guest, ["unlock", "lock"], 5);
    expect((await guest.ask({ kind: "unlock" })).answer.reply.code).toBe(0);
    const refused = await guest.ask({ kind: "drive" });
    expect(refused.answer.reason).toBeDefined();
    const revoked = revokeGrant(crypto, owner.wallet, owner.wallet.cars[0]!.vehicleId, { grantId: owner.wallet.cars[0]!.issuer.grants[0]!.grantId, signedAtS: 1_800_000_100 });
    if (!revoked.ok) throw new Error(revoked.error);
    owner.save(revoked.value.wallet);
    await owner.talk(async (connection) => {
      await connection.ask({ kind: "status" });
      expect(await connection.deliverLists()).toBe(1);
    });
    const late = await guest.ask({ kind: "unlock" });
    expect(late.answer.reply.code).toBe(REASONS.grantRevoked.code);
    expect(world.notes.filter((note) => note.includes("ben")).length).toBeGreaterThan(2);
  });

  it.each([50_000, 200_000, 400_000])("is unlocked although %i of a million packets are lost", async (lossPerMillion) => {
    const rig = createRig(`loss ${lossPerMillion}`, { connectionIntervalMs: 30, lossPerMillion });
    const { owner } = await pairedCar(rig);
    for (let i = 0; i < 5; i++) {
      expect((await owner.ask({ kind: "unlock" })).answer.reply.code === 0 || i > 0).toBe(true);
      expect((await owner.ask({ kind: "lock", forced: false })).answer.reply.code).toBe(0);
    }
  });

  it("serves several phones that come and go", async () => {
    const rig = createRig("several");
    const { owner } = await pairedCar(rig);
    const guests = [2, 3, 4].map((device) => new BlePhone(rig, device, `guest ${device}`));
    for (const guest of guests) owner.share(guest, ["unlock", "lock"], 20);
    for (let round = 0; round < 4; round++) {
      for (const phone of [owner, ...guests]) {
        expect((await phone.ask({ kind: "unlock" })).answer.reply.code, phone.name).toBeOneOf([0, REASONS.nothingToDo.code]);
        expect((await phone.ask({ kind: "lock", forced: false })).answer.reply.code, phone.name).toBe(0);
      }
    }
  });

  it("serves its owner in spite of strangers who take every free moment of it, and says what it does about them", async () => {
    const rig = createRig("strangers");
    const { world, owner } = await pairedCar(rig);
    const strangers = Array.from({ length: 3 }, () => new RawCentral(rig.addController()));
    // Each of them is after the car whenever it shows itself.
    const rush = (shown: Pick<Overheard, "address" | "addressType">): void => strangers.forEach((stranger) => stranger.connect(shown));
    await rig.until("on the air", () => world.controller.advertised !== undefined);
    rush(world.controller.advertised!);
    rig.air.sniff(rush);
    await rig.pass(60_000);
    const attempts = 20;
    let served = 0;
    for (let i = 0; i < attempts; i++) {
      const outcome = await owner.ask(i % 2 === 0 ? { kind: "unlock" } : { kind: "lock", forced: true }).catch(() => undefined);
      if (outcome !== undefined) served++;
      await rig.pass(1000);
    }
    console.info(`owner attempts served against three strangers who come back at once: ${served} of ${attempts}`);
    expect(served).toBeGreaterThanOrEqual(attempts / 2);
    expect(world.troubles).toContain("a central was dropped: it did not subscribe");
  });

  it("names the other ways in where strangers under ever new addresses leave no moment free", async () => {
    const rig = createRig("crowd");
    const { world } = await pairedCar(rig);
    const strangers = Array.from({ length: 12 }, () => new RawCentral(rig.addController()));
    const rush = (shown: Pick<Overheard, "address" | "addressType">): void => strangers.forEach((stranger) => stranger.connect(shown));
    await rig.until("on the air", () => world.controller.advertised !== undefined);
    rush(world.controller.advertised!);
    rig.air.sniff(rush);
    await rig.pass(120_000);
    const complaints = world.troubles.filter((text) => text.startsWith("strangers keep the radio busy"));
    expect(complaints.length).toBeGreaterThanOrEqual(1);
    expect(complaints.length).toBeLessThanOrEqual(2);
  });
});

describeWithPeers("an unlock over Bluetooth", () => {
  it.each([...Array(14).keys()])("whose link breaks after %i packets of the phone leaves the car whole", async (count) => {
    const rig = createRig(`broken ${count}`, { connectionIntervalMs: 30 });
    const both = await pairedCar(rig);
    const release = tap(both.owner.controller, (packet, index) => {
      if (index === count) rig.air.move(both.owner.controller, { position: { xCm: 1_000_000, yCm: 0 } });
      return packet;
    });
    await both.owner.ask({ kind: "unlock" }).catch(() => undefined);
    release();
    rig.air.move(both.owner.controller, { position: { xCm: 100, yCm: 0 } });
    await staysWhole(both, rig);
  });

  it.each([0, 1, 2])("with a bit of frame %i flipped moves nothing", async (frame) => {
    const rig = createRig(`flipped ${frame}`);
    const both = await pairedCar(rig);
    const { world, owner } = both;
    let frames = 0;
    const release = tap(owner.controller, (packet) => {
      if (!isWrite(packet) || frames++ !== frame) return packet;
      const flipped = packet.slice();
      flipped[flipped.length - 1]! ^= 0x01;
      return flipped;
    });
    const outcome = await owner.ask({ kind: "unlock" }).catch(() => undefined);
    release();
    // message_1 and message_3 with the command in it: 2 frames; with a third there is nothing to flip.
    expect(outcome === undefined).toBe(frame < 2);
    await rig.pass(3000);
    expect(world.board.body.isLocked("driverDoor")).toBe(frame < 2);
    await staysWhole(both, rig);
  });

  it("replayed to the letter by a stranger moves nothing", async () => {
    const rig = createRig("replay");
    const both = await pairedCar(rig);
    const { world, owner } = both;
    const recorded: Uint8Array[] = [];
    const release = tap(owner.controller, (packet) => {
      if (isWrite(packet)) recorded.push(packet.slice(VALUE_OFFSET));
      return packet;
    });
    for (const command of [{ kind: "unlock" }, { kind: "lock", forced: false }, { kind: "unlock" }] as const) await owner.ask(command);
    release();
    await owner.ask({ kind: "lock", forced: false });
    await rig.pass(3000);
    const stranger = new RawCentral(rig.addController());
    for (let first = 0; first < recorded.length; first++) {
      world.car.board.enter(() => undefined);
      // Long enough for the radio to have forgotten the stranger's last attempt.
      await rig.pass(130_000);
      stranger.connect(world.controller.advertised!);
      await rig.until("connected", () => stranger.isConnected);
      stranger.send(ATT.subscribe);
      await rig.pass(100);
      for (const frame of recorded.slice(first)) {
        stranger.send(ATT.write(HANDLE.toCar, frame));
        stranger.send(ATT.confirm);
        await rig.pass(50);
      }
      stranger.disconnect();
      await rig.until("gone", () => !stranger.isConnected);
      expect(world.board.body.isLocked("driverDoor")).toBe(true);
    }
    await staysWhole(both, rig);
  });
});
