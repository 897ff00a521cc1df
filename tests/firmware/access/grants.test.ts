import { describe, expect, it } from "vitest";
import { ADMITTED_GRANT_COUNT_MAX, GRANT_WINDOW_S_MAX } from "../../../firmware/access/index.ts";
import { publicKeyOf } from "../../../firmware/cose/index.ts";
import { fromHex } from "../../../firmware/base/index.ts";
import { DAY_S, grantFor, JUNE_S, listBy, person, VEHICLE_ID, World } from "./world.ts";

const [owner, second, recovery, driver, guest] = ["owner", "second", "recovery", "driver", "guest"].map((name) => person(name)) as [
  ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>,
];

function claimed(): World {
  const world = new World();
  world.claim(owner, recovery);
  world.enrol(owner, second, "owner");
  world.enrol(owner, driver, "driver");
  world.access.reportTime("gps", JUNE_S + 3600, world.nowMs);
  return world;
}

describe("admitting a grant", () => {
  const world = claimed();
  const reason = (cwt: Uint8Array) => {
    const admitted = world.access.admitGrant(cwt);
    return admitted.ok ? "admitted" : admitted.error;
  };

  it("takes what an owner signed, with Ed25519 and P-256 holders, and says the same a second time", () => {
    const cwt = grantFor(owner, guest);
    expect(reason(cwt)).toBe("admitted");
    expect(world.access.admitGrant(cwt)).toEqual(world.access.admitGrant(cwt.slice()));
    expect(reason(grantFor(second, person("p256 guest", "ES256")))).toBe("admitted");
  });

  it("refuses one that a stranger, a guest, a driver or the recovery key signed", () => {
    expect(reason(grantFor(person("stranger"), guest))).toBe("issuerNotOwner");
    expect(reason(grantFor(guest, person("second guest")))).toBe("issuerNotOwner");
    expect(reason(grantFor(driver, guest))).toBe("delegated");
    expect(reason(grantFor(recovery, guest))).toBe("delegated");
  });

  it("refuses a changed byte anywhere", () => {
    const cwt = grantFor(owner, guest);
    for (let i = 0; i < cwt.length; i++) {
      const changed = cwt.slice();
      changed[i]! ^= 1;
      expect(reason(changed), `byte ${i}`).not.toBe("admitted");
    }
  });

  it("refuses another car's grant, a window above 90 days and a scope that cannot be delegated", () => {
    expect(reason(grantFor(owner, guest, { audience: VEHICLE_ID.map((byte) => byte ^ 1) }))).toBe("wrongVehicle");
    expect(reason(grantFor(owner, guest, { expiresAtS: JUNE_S + GRANT_WINDOW_S_MAX }))).toBe("admitted");
    expect(reason(grantFor(owner, guest, { expiresAtS: JUNE_S + GRANT_WINDOW_S_MAX + 1 }))).toBe("grantTooLong");
    expect(reason(grantFor(owner, guest, { uses: 1, notBeforeS: undefined, issuedAtS: JUNE_S, expiresAtS: JUNE_S + GRANT_WINDOW_S_MAX + 1 }))).toBe("grantTooLong");
    for (const scope of [0x20, 0x40, 0x80, 0xff]) expect(reason(grantFor(owner, guest, { scope }))).toBe("scopeTooWide");
    expect(reason(grantFor(owner, guest, { scope: 0x1f }))).toBe("admitted");
  });

  it("refuses as holder another owner and a key that everybody has", () => {
    expect(reason(grantFor(owner, second))).toBe("unacceptableKey");
    const published = publicKeyOf("Ed25519", fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")!);
    expect(reason(grantFor(owner, { ...guest, publicKey: published }))).toBe("unacceptableKey");
  });

  it("does not remember a grant longer than its issuer is an owner", () => {
    const car = claimed();
    const cwt = grantFor(second, guest);
    const gus = car.guest(cwt);
    expect(car.verdict(gus, "unlock")).toBe("allowed");
    car.done(car.access.planRevoke(recovery.asker, second.id, car.nowMs));
    expect(car.access.admitGrant(cwt)).toEqual({ ok: false, error: "issuerNotOwner" });
    expect(car.verdict(gus, "unlock")).toBe("issuerNotOwner");
  });

  it("is asked again by each decision: an issuer below owner counts for nothing, however the grant came about", () => {
    const car = claimed();
    const gus = car.guest(grantFor(owner, guest));
    if (gus.kind !== "grant") throw new Error("a grant");
    for (const issuerId of [driver.id, recovery.id]) {
      expect(car.verdict({ kind: "grant", grant: { ...gus.grant, issuerId } }, "unlock")).toBe("issuerNotOwner");
    }
  });

  it("keeps its memory of verified grants bounded, and forgetting one costs nothing but time", () => {
    const car = claimed();
    const first = grantFor(owner, guest);
    car.guest(first);
    for (let i = 0; i <= ADMITTED_GRANT_COUNT_MAX; i++) car.guest(grantFor(owner, guest));
    expect(car.verdict(car.guest(first), "unlock")).toBe("allowed");
  }, 60_000);

  it("refuses bytes that are no grant", () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0x84), listBy(owner, 1, [])]) expect(reason(bytes)).toBe("malformed");
  });
});

describe("revocation lists", () => {
  const entryOf = (cwt: Uint8Array, world: World) => {
    const gus = world.guest(cwt);
    if (gus.kind !== "grant") throw new Error("a grant");
    return { gus, entry: { kind: "grant", grantId: fromHex(gus.grant.grantId)! } as const };
  };

  it("revokes one grant by its cti, for good, and names whose sessions end", () => {
    const world = claimed();
    const { gus, entry } = entryOf(grantFor(owner, guest), world);
    const other = entryOf(grantFor(owner, guest), world);
    const plan = world.done(world.access.planDeliverList(listBy(owner, 1, [entry])));
    expect(plan.closing.grantIds).toEqual([gus.kind === "grant" && gus.grant.grantId]);
    expect(world.verdict(gus, "unlock")).toBe("grantRevoked");
    expect(world.verdict(other.gus, "unlock")).toBe("allowed");
    world.done(world.access.planDeliverList(listBy(owner, 2, [])));
    expect(world.verdict(gus, "unlock")).toBe("grantRevoked");
    world.restart();
    world.access.reportTime("gps", JUNE_S + 3700, world.nowMs);
    expect(world.verdict(gus, "unlock")).toBe("grantRevoked");
  });

  it("does not let one owner's list touch another owner's grant of the same cti", () => {
    const world = claimed();
    const { gus, entry } = entryOf(grantFor(owner, guest), world);
    world.done(world.access.planDeliverList(listBy(second, 1, [entry])));
    expect(world.verdict(gus, "unlock")).toBe("allowed");
  });

  it("takes a version once and in order, and an epoch never back", () => {
    const world = claimed();
    world.done(world.access.planDeliverList(listBy(owner, 5, [], { epoch: 2 })));
    for (const list of [listBy(owner, 5, [], { epoch: 2 }), listBy(owner, 4, [], { epoch: 3 }), listBy(owner, 6, [], { epoch: 1 })]) {
      expect(world.access.planDeliverList(list)).toEqual({ ok: false, error: "olderList" });
    }
    world.done(world.access.planDeliverList(listBy(second, 1, [])));
    world.done(world.access.planDeliverList(listBy(owner, 6, [], { epoch: 2 })));
  });

  it("ends the grants of earlier epochs with a later epoch, from a list and from a command", () => {
    const world = claimed();
    const gus = world.guest(grantFor(owner, guest));
    const newer = world.guest(grantFor(owner, guest, { issuerEpoch: 1 }));
    const plan = world.done(world.access.planDeliverList(listBy(owner, 1, [], { epoch: 1 })));
    expect(plan.closing.issuerIds).toEqual([owner.id]);
    expect([world.verdict(gus, "unlock"), world.verdict(newer, "unlock")]).toEqual(["grantRevoked", "allowed"]);
    expect(world.done(world.access.planNewEpoch(owner.asker)).issuerEpoch).toBe(2);
    expect(world.verdict(newer, "unlock")).toBe("grantRevoked");
    expect(world.access.planNewEpoch(recovery.asker)).toEqual({ ok: false, error: "roleForbids" });
    expect(world.access.planNewEpoch(driver.asker)).toEqual({ ok: false, error: "roleForbids" });
  });

  it("revokes an enrolled key and a grant's holder by the hash of the public key", () => {
    const world = claimed();
    const gus = world.guest(grantFor(owner, guest));
    const keys = [driver, guest].map(({ thumbprint }) => ({ kind: "key", thumbprint }) as const);
    const plan = world.done(world.access.planDeliverList(listBy(owner, 1, keys)));
    expect([...plan.closing.keyIds].sort()).toEqual([driver.id, guest.id].sort());
    expect(world.verdict(driver.asker, "unlock")).toBe("revokedKey");
    expect(world.verdict(gus, "unlock")).toBe("grantRevoked");
    const again = { role: "driver", name: "again", publicKey: driver.publicKey.coseKey } as const;
    expect(world.access.planEnrol(owner.asker, again, world.nowMs)).toEqual({ ok: false, error: "revokedKey" });
  });

  it("never removes an owner or the recovery key", () => {
    const world = claimed();
    const entries = [second, recovery].map(({ thumbprint }) => ({ kind: "key", thumbprint }) as const);
    const plan = world.done(world.access.planDeliverList(listBy(owner, 1, entries)));
    expect([...plan.notByList].sort()).toEqual([second.id, recovery.id].sort());
    expect(world.verdict(second.asker, "unlock")).toBe("allowed");
    expect(world.verdict(recovery.asker, "revoke")).toBe("allowed");
  });

  it("refuses another car's list, a stranger's, a driver's and a changed one", () => {
    const world = claimed();
    const answer = (list: Uint8Array) => {
      const plan = world.access.planDeliverList(list);
      return plan.ok ? "taken" : plan.error;
    };
    expect(answer(listBy(owner, 1, [], { vehicleId: new Uint8Array(32) }))).toBe("wrongVehicle");
    expect(answer(listBy(person("stranger"), 1, []))).toBe("issuerNotOwner");
    expect(answer(listBy(driver, 1, []))).toBe("issuerNotOwner");
    expect(answer(grantFor(owner, guest))).toBe("malformed");
    const list = listBy(owner, 1, []);
    for (let i = 0; i < list.length; i++) {
      const changed = list.slice();
      changed[i]! ^= 1;
      expect(answer(changed), `byte ${i}`).not.toBe("taken");
    }
  });

  it("refuses to add when full and drops nothing; a new epoch makes room", () => {
    const world = claimed();
    const entries = (from: number) => Array.from({ length: 256 }, (_, i) => ({ kind: "grant", grantId: Uint8Array.of(1, 0, 0, 0, 0, 0, from, i) }) as const);
    for (let version = 1; version <= 16; version++) world.done(world.access.planDeliverList(listBy(owner, version, entries(version))));
    const { gus, entry } = entryOf(grantFor(second, guest), world);
    expect(world.access.planDeliverList(listBy(second, 1, [entry]))).toEqual({ ok: false, error: "storeFull" });
    expect(world.verdict(gus, "unlock")).toBe("allowed");
    world.done(world.access.planRevoke(owner.asker, driver.id, world.nowMs));
    world.done(world.access.planNewEpoch(owner.asker));
    world.runUntil(world.nowMs + DAY_S * 1000);
    world.done(world.access.planDeliverList(listBy(second, 1, [entry])));
    expect(world.verdict(gus, "unlock")).toBe("grantRevoked");
  }, 60_000);

  it("drops a grant's record when its known end is below the floor, and turning time back revives nothing", () => {
    const world = claimed();
    const cwt = grantFor(owner, guest, { uses: 3, expiresAtS: JUNE_S + DAY_S });
    const { gus, entry } = entryOf(cwt, world);
    const used = world.ask(gus, "unlock", { use: 1 });
    world.commit(used.allowed ? used.consumes : []);
    world.done(world.access.planDeliverList(listBy(owner, 1, [entry])));
    const before = world.records.size;
    world.runUntil(world.nowMs + 2 * DAY_S * 1000);
    expect(world.records.size).toBeLessThan(before);
    const set = world.done(world.access.planSetTime(owner.asker, { unixS: JUNE_S + 3600, newTimeEpoch: true }, world.nowMs));
    world.access.adoptTime(set.time);
    expect(world.access.nowS(world.nowMs)).toBe(JUNE_S + 3600);
    expect(world.verdict(gus, "unlock", { use: 1 })).toBe("expired");
  });
});
