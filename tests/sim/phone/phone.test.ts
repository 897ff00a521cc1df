import { describe, expect, it } from "vitest";
import type { Command } from "../../../firmware/wire/index.ts";
import { enrolPhone, SetupFailed, claimCar } from "../../../sim/world/index.ts";
import { lockByHand, claimedCar, phoneAt, settle } from "../latchkey.ts";

describe("a simulated phone", () => {
  it("pairs, unlocks, locks, opens the trunk, authorises drive, reads status, keys and log", () => {
    const { world, car, owner, vehicleId } = claimedCar("all");
    const ask = (command: Command) => settle(world, (settled) => owner.ask(vehicleId, command, settled));
    expect(ask({ kind: "lock", forced: false }).kind).toBe("done");
    expect(car.body.isLocked("driverDoor")).toBe(true);
    expect(ask({ kind: "unlock" }).kind).toBe("done");
    expect(car.body.isLocked("driverDoor")).toBe(false);
    expect(ask({ kind: "trunk" }).kind).toBe("done");
    expect(ask({ kind: "drive" }).kind).toBe("done");
    expect(car.body.immobiliserReleased).toBe(true);
    for (const kind of ["status", "listKeys"] as const) expect(ask({ kind }).kind).toBe("done");
    expect(ask({ kind: "readLog", fromSequence: 1, countMax: 20 }).kind).toBe("done");
  });

  it("works with a P-256 key as well", () => {
    const { world, car, owner, vehicleId } = claimedCar("p256");
    const phone = phoneAt(world, car, "browser", { algorithm: "ES256" });
    enrolPhone(world, owner, phone, { vehicleId, role: "driver" });
    expect(settle(world, (settled) => phone.ask(vehicleId, { kind: "lock", forced: false }, settled)).kind).toBe("done");
  });

  it("does not find a car that is out of range, and says so", () => {
    const { world, car, owner, vehicleId } = claimedCar("far");
    world.air.move(owner.radio, { position: { xCm: car.position.xCm + 20_000, yCm: 0 } });
    world.clock.advance(60_000);
    expect(settle(world, (settled) => owner.ask(vehicleId, { kind: "unlock" }, settled))).toEqual({ kind: "failed", why: "carNotFound", mayHaveSucceeded: false });
  });

  it("finds the car again after it was away, by its rotating identity", () => {
    const { world, car, owner, vehicleId } = claimedCar("again");
    const away = { position: { xCm: car.position.xCm + 20_000, yCm: 0 } };
    for (let i = 0; i < 3; i++) {
      world.air.move(owner.radio, away);
      world.clock.advance(3_600_000);
      expect(owner.isConnected(vehicleId)).toBe(false);
      world.air.move(owner.radio, { position: car.placeAt("driverDoor") });
      lockByHand(car);
      expect(settle(world, (settled) => owner.ask(vehicleId, { kind: "unlock" }, settled)).kind).toBe("done");
    }
  });

  it("tells that the link was lost when its bearer walks off in the middle, and settles once", () => {
    const { world, car, owner, vehicleId } = claimedCar("walks off");
    owner.disconnect(vehicleId);
    world.clock.advance(10_000);
    const outcomes: unknown[] = [];
    owner.ask(vehicleId, { kind: "lock", forced: false }, (outcome) => outcomes.push(outcome));
    world.clock.runUntil(() => owner.isConnected(vehicleId), 30_000);
    world.air.move(owner.radio, { position: { xCm: car.position.xCm + 20_000, yCm: 0 } });
    world.clock.advance(60_000);
    expect(outcomes).toMatchObject([{ kind: "failed", why: "linkLost" }]);
  });

  it("asks for several things at once while it still looks for the car", () => {
    const { world, car, owner, vehicleId } = claimedCar("several");
    owner.disconnect(vehicleId);
    world.clock.advance(10_000);
    const kinds: string[] = [];
    lockByHand(car);
    owner.ask(vehicleId, { kind: "unlock" }, ({ kind }) => kinds.push(kind));
    owner.ask(vehicleId, { kind: "drive" }, ({ kind }) => kinds.push(kind));
    world.clock.advance(30_000);
    expect(kinds).toEqual(["done", "done"]);
    expect(car.body.immobiliserReleased).toBe(true);
  });

  it("shares with a second phone while the car is out of reach, and revokes it through its next visit", () => {
    const { world, car, owner, vehicleId } = claimedCar("share");
    owner.disconnect(vehicleId);
    const guest = phoneAt(world, car, "guest");
    const nowS = world.unixS();
    const shared = owner.share(vehicleId, guest.invitation, { role: "guest", actions: ["unlock", "lock"], notBeforeS: nowS, expiresAtS: nowS + 3_600, uses: undefined });
    expect(shared.ok && guest.accept(shared.value.text).ok).toBe(true);
    const unlock = (phone: typeof guest) => {
      lockByHand(car);
      return settle(world, (settled) => phone.ask(vehicleId, { kind: "unlock" }, settled));
    };
    expect(unlock(guest).kind).toBe("done");
    expect(settle(world, (settled) => guest.ask(vehicleId, { kind: "drive" }, settled))).toMatchObject({ kind: "refused", reason: "outsideScope" });
    expect(owner.revoke(vehicleId, shared.ok ? shared.value.grantId : "").ok).toBe(true);
    expect(unlock(owner).kind).toBe("done");
    world.clock.advance(10_000);
    expect(guest.isConnected(vehicleId)).toBe(false);
    expect(unlock(guest).kind).not.toBe("done");
  });

  it("leaves a revoked grant alive until the list has come to the car, as the rule says", () => {
    const { world, car, owner, vehicleId } = claimedCar("lag");
    owner.disconnect(vehicleId);
    world.clock.advance(5_000);
    const guest = phoneAt(world, car, "guest");
    const nowS = world.unixS();
    const shared = owner.share(vehicleId, guest.invitation, { role: "guest", actions: ["unlock"], notBeforeS: nowS, expiresAtS: nowS + 3_600, uses: undefined });
    if (!shared.ok) throw new Error(shared.error);
    guest.accept(shared.value.text);
    owner.revoke(vehicleId, shared.value.grantId);
    lockByHand(car);
    expect(settle(world, (settled) => guest.ask(vehicleId, { kind: "unlock" }, settled)).kind).toBe("done");
  });

  it("takes no grant that was made for another phone", () => {
    const { world, car, owner, vehicleId } = claimedCar("other");
    const [guest, thief] = [phoneAt(world, car, "guest"), phoneAt(world, car, "thief")];
    const nowS = world.unixS();
    const shared = owner.share(vehicleId, guest.invitation, { role: "guest", actions: ["unlock"], notBeforeS: nowS, expiresAtS: nowS + 60, uses: undefined });
    expect(shared.ok && thief.accept(shared.value.text)).toEqual({ ok: false, error: "otherHolder" });
  });

  it("cannot become the owner of a car that has one", () => {
    const { world, car } = claimedCar("claimed");
    expect(() => claimCar(world, car, phoneAt(world, car, "second"))).toThrow(SetupFailed);
  });

  it("keeps its keys through a power cut of the car", () => {
    const { world, car, owner, vehicleId } = claimedCar("cut");
    world.clock.advance(10_000);
    car.restart();
    world.clock.advance(10_000);
    expect(settle(world, (settled) => owner.ask(vehicleId, { kind: "lock", forced: false }, settled)).kind).toBe("done");
    expect(car.body.isLocked("trunk")).toBe(true);
  });

  it("puts up with a bad radio: loss costs time, not the unlock", () => {
    const { world, car, owner, vehicleId } = claimedCar("bad radio");
    world.air.settings.baseLossPerMillion = 500_000;
    world.air.settings.latencyMs = 40;
    owner.disconnect(vehicleId);
    world.clock.advance(10_000);
    expect(settle(world, (settled) => owner.ask(vehicleId, { kind: "lock", forced: false }, settled)).kind).toBe("done");
    expect(car.body.isLocked("driverDoor")).toBe(true);
  });
});
