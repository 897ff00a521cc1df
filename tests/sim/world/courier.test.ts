import { describe, expect, it } from "vitest";
import type { Command } from "../../../firmware/wire/index.ts";
import { createPortableCrypto } from "../../../hal/crypto-portable/index.ts";
import type { PhoneOutcome } from "../../../sim/phone/index.ts";
import { bootLatchkey, claimCar, Courier, outcomeOf, World } from "../../../sim/world/index.ts";

/** A car whose owner has gone abroad with the phone. */
function abroad() {
  const world = new World({ seed: "courier", createCrypto: (random) => createPortableCrypto({ random }), startUnixS: 1_800_000_000 });
  const car = world.addCar({ name: "car", boot: bootLatchkey });
  const phone = world.addPhone({ name: "anna", place: { position: car.placeAt("driverDoor") } });
  world.clock.advance(1_000);
  const vehicleId = claimCar(world, car, phone);
  outcomeOf(world, "lock", (settled) => phone.ask(vehicleId, { kind: "lock", forced: true }, settled));
  world.clock.advance(3_000);
  phone.disconnect(vehicleId);
  world.air.move(phone.radio, { position: { xCm: 9_000_000, yCm: 0 } });
  world.clock.advance(60_000);
  if (!car.body.lockedUp) throw new RangeError("the car of this test is locked");
  const courier = new Courier(world, car, "anna@example.org");
  const ask = (command: Command): PhoneOutcome => outcomeOf(world, command.kind, (settled) => courier.ask(phone, vehicleId, command, settled));
  return { world, car, ask };
}

describe("the cloud as a courier", () => {
  it("carries an owner's unlock, signed by the key on the phone, from anywhere", () => {
    const { world, car, ask } = abroad();
    expect(ask({ kind: "unlock" })).toMatchObject({ kind: "done" });
    world.clock.advance(2_000);
    expect(car.body.isLocked("driverDoor")).toBe(false);
  });

  it("never drives: that takes the key at the car", () => {
    const { ask } = abroad();
    expect(ask({ kind: "drive" })).toMatchObject({ kind: "refused", reason: "remoteLink" });
  });

  it("gets nothing across when it is down, and the phone is told", () => {
    const { world, car, ask } = abroad();
    world.cloud.mode = "down";
    expect(ask({ kind: "unlock" })).toMatchObject({ kind: "failed", why: "linkLost" });
    expect(car.body.isLocked("driverDoor")).toBe(true);
  });

  it("opens nothing by itself: bytes of its own, and frames played again, lead nowhere", () => {
    const { world, car, ask } = abroad();
    const carried: Uint8Array[] = [];
    const serve = world.cloud.serve.bind(world.cloud);
    world.cloud.serve = (request, answer) => {
      if (request.kind === "sendCommand") carried.push(request.command);
      serve(request, answer);
    };
    expect(ask({ kind: "status" })).toMatchObject({ kind: "done" });
    world.clock.advance(60_000);
    const session = world.cloud.openSession("anna@example.org")!;
    const forged = Uint8Array.from([0xc1, 0, 4, 0x58, 0x20, ...new Array<number>(32).fill(9), 0]);
    for (const command of [...carried, forged, Uint8Array.of(0xc2, 1)]) {
      world.cloud.serve({ kind: "sendCommand", session, car: "car", command }, () => undefined);
      world.clock.advance(3_000);
    }
    expect(carried.length).toBeGreaterThan(1);
    expect(car.body.lockedUp).toBe(true);
  });
});
