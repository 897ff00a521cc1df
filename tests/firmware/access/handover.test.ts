import { describe, expect, it } from "vitest";
import { endsSessionOf, PAIRING_FAILURE_COUNT_MAX, PAIRING_OPEN_MS } from "../../../firmware/access/index.ts";
import { toHex } from "../../../firmware/base/index.ts";
import { TABLES, type RecordChange } from "../../../firmware/records/index.ts";
import { crypto, DAY_MS, grantFor, JUNE_S, listBy, person, World } from "./world.ts";

const [ann, ben, recovery, kit, driver, guest] = ["ann", "ben", "recovery", "kit", "driver", "guest"].map((name) => person(name)) as [
  ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>,
];

function claimed(): World {
  const world = new World();
  world.claim(ann, recovery);
  world.enrol(ann, driver, "driver");
  return world;
}

const exported = Uint8Array.of(7, 7);
function attempt(world: World, secret: Uint8Array, who = ben, proximity: "local" | "remote" = "local") {
  return world.access.verifyPairingProof({ newcomerId: who.id, proof: crypto.hmacSha256(secret, exported), exported, proximity, nowMs: world.nowMs });
}
function open(world: World): Uint8Array {
  const opened = world.access.openPairing(world.access.ownership === "claimed" ? { why: "transfer", by: ann.asker, nowMs: world.nowMs } : { why: "claim", nowMs: world.nowMs });
  if (!opened.ok) throw new Error(opened.error);
  return opened.value.secret;
}
const wish = (world: World) => ({ name: "Ben", recoveryKey: kit.publicKey.coseKey, mirrorExported: Uint8Array.of(8), nowMs: world.nowMs });

describe("the pairing secret", () => {
  it("is 16 fresh bytes each time, and only the last one counts", () => {
    const world = new World();
    const [first, second] = [open(world), open(world)];
    expect([first.length, toHex(first) === toHex(second)]).toEqual([16, false]);
    expect(attempt(world, first)).toMatchObject({ ok: false, error: { reason: "wrongProof" } });
    expect(attempt(world, second).ok).toBe(true);
  });

  it("is never a record", () => {
    const world = new World();
    const secret = toHex(open(world));
    world.pair(ben, kit, Uint8Array.from(Buffer.from(secret, "hex")));
    for (const { key, value } of world.records.values()) expect(toHex(key) + toHex(value ?? new Uint8Array(0))).not.toContain(secret);
  });

  it("lives ten minutes and not across a restart", () => {
    const world = new World();
    const secret = open(world);
    world.nowMs += PAIRING_OPEN_MS - 1;
    expect(world.access.isPairingOpen(world.nowMs)).toBe(true);
    world.nowMs += 1;
    expect(attempt(world, secret)).toMatchObject({ error: { reason: "pairingClosed" } });
    expect(world.access.planTick(world.nowMs).pairingExpired).toBe(true);
    const again = open(world);
    world.restart();
    expect(attempt(world, again)).toMatchObject({ error: { reason: "pairingClosed" } });
  });

  it("is burnt by the fifth wrong proof, and every failure is counted in a record first", () => {
    const world = new World();
    const secret = open(world);
    for (let failures = 1; failures <= PAIRING_FAILURE_COUNT_MAX; failures++) {
      const failed = attempt(world, new Uint8Array(16));
      if (failed.ok) throw new Error("a wrong proof passed");
      expect(failed.error.reason).toBe(failures < PAIRING_FAILURE_COUNT_MAX ? "wrongProof" : "tooManyAttempts");
      expect(failed.error.changes.map(({ table }) => table)).toEqual([TABLES.attempts]);
      world.commit(failed.error.changes);
      expect(world.access.pairingFailures).toBe(failures);
    }
    expect(attempt(world, secret)).toMatchObject({ error: { reason: "pairingClosed", changes: [] } });
    world.restart();
    expect(world.access.pairingFailures).toBe(PAIRING_FAILURE_COUNT_MAX);
  });

  it("counts failures up only, also when an older record turns up", () => {
    const world = new World();
    open(world);
    const records = [1, 2].map(() => {
      const failed = attempt(world, new Uint8Array(16));
      const changes = failed.ok ? [] : failed.error.changes;
      world.commit(changes);
      return changes[0]!;
    });
    world.access.apply(records[0]!);
    expect(world.access.pairingFailures).toBe(2);
  });

  it("is burnt even where the failures could not be stored", () => {
    const world = new World();
    const secret = open(world);
    for (let i = 0; i < PAIRING_FAILURE_COUNT_MAX; i++) attempt(world, new Uint8Array(16));
    expect(attempt(world, secret).ok).toBe(false);
  });

  it("proves nothing over a remote link and costs nothing there", () => {
    const world = new World();
    expect(attempt(world, open(world), ben, "remote")).toEqual({ ok: false, error: { reason: "remoteLink", changes: [] } });
  });
});

describe("the first owner", () => {
  it("is made with the recovery key in one batch, and the car shows that it knew the secret", () => {
    const world = new World();
    const secret = open(world);
    const plan = world.pair(ann, recovery, secret);
    expect(plan.mirrorProof).toEqual(crypto.hmacSha256(secret, Uint8Array.of(8)));
    expect([world.access.ownership, world.access.ownerCount, world.access.keyCount]).toEqual(["claimed", 1, 2]);
    expect(world.access.key(recovery.id)?.role).toBe("recovery");
    expect(world.access.isPairingOpen(world.nowMs)).toBe(false);
    expect(attempt(world, secret)).toMatchObject({ error: { reason: "pairingClosed" } });
  });

  it("needs the proof, by the very key that showed it, and two different keys", () => {
    const world = new World();
    expect(world.access.planPair(ben.newcomer, wish(world))).toEqual({ ok: false, error: "pairingClosed" });
    const secret = open(world);
    expect(world.access.planPair(ben.newcomer, wish(world))).toEqual({ ok: false, error: "wrongProof" });
    attempt(world, secret);
    expect(world.access.planPair(ann.newcomer, wish(world))).toEqual({ ok: false, error: "wrongProof" });
    expect(world.access.planPair(ben.newcomer, { ...wish(world), recoveryKey: ben.publicKey.coseKey })).toEqual({ ok: false, error: "unacceptableKey" });
    expect(world.access.planPair(ben.newcomer, { ...wish(world), recoveryKey: new Uint8Array(40) })).toEqual({ ok: false, error: "unacceptableKey" });
    expect(world.access.planPair(ben.newcomer, { ...wish(world), name: "" })).toEqual({ ok: false, error: "malformed" });
    expect(world.access.planPair(ben.newcomer, wish(world)).ok).toBe(true);
  });

  it("is paired once: the console opens nothing on a car that has owners", () => {
    const world = claimed();
    for (const why of ["claim", "reset"] as const) expect(world.access.openPairing({ why, nowMs: 0 })).toEqual({ ok: false, error: "roleForbids" });
  });
});

describe("transfer", () => {
  it("is opened by an owner or the recovery key, by nobody else", () => {
    const world = claimed();
    const opened = [ann.asker, recovery.asker, driver.asker, ben.newcomer].map((by) => {
      const answer = world.access.openPairing({ why: "transfer", by, nowMs: 0 });
      return answer.ok ? "open" : answer.error;
    });
    expect(opened).toEqual(["open", "open", "roleForbids", "unknownKey"]);
  });

  it("leaves the new owner and the new kit, and nothing of the old: keys, grants, settings, pending changes", () => {
    const world = claimed();
    world.access.reportTime("gps", JUNE_S, world.nowMs);
    const gus = world.guest(grantFor(ann, guest));
    world.done(world.access.planReset(ann.asker, false, world.nowMs));
    world.doneChanges(world.access.planChangeSettings(ann.asker, new Map([["walkAwayEnabled", true]])));
    const plan = world.pair(ben, kit, open(world));
    expect([ann.asker, driver.asker, recovery.asker, gus].every((asker) => endsSessionOf(plan.closing, asker))).toBe(true);
    for (const asker of [ann.asker, driver.asker, recovery.asker]) expect(world.verdict(asker, "unlock")).toBe("unknownKey");
    expect(world.verdict(gus, "unlock")).toBe("issuerNotOwner");
    expect(world.verdict(ben.asker, "enrol")).toBe("allowed");
    expect([world.access.keyCount, world.access.notices(0), world.access.settings.walkAwayEnabled]).toEqual([2, [], false]);
  });

  it("keeps old grants dead when the old owner comes back with the same key, also a counted one without a window", () => {
    const world = claimed();
    world.access.reportTime("gps", JUNE_S, world.nowMs);
    const old = [grantFor(ann, guest), grantFor(ann, guest, { uses: 3, expiresAtS: undefined, notBeforeS: undefined })];
    world.pair(ben, kit, open(world));
    world.enrol(ben, ann, "owner");
    for (const cwt of old) expect(world.verdict(world.guest(cwt), "unlock", { use: 1 })).toBe("grantRevoked");
    expect(world.verdict(world.guest(grantFor(ann, guest, { issuerEpoch: world.access.issuer(ann.id).epoch })), "unlock")).toBe("allowed");
    expect(world.access.planDeliverList(listBy(ann, 1, [], { epoch: 0 }))).toEqual({ ok: false, error: "olderList" });
  });

  it("forgets what the old owner revoked and set, at once and after a restart", () => {
    const world = claimed();
    world.done(world.access.planRevoke(ann.asker, driver.id, world.nowMs));
    world.doneChanges(world.access.planChangeSettings(ann.asker, new Map([["autoRelockMs", 0]])));
    world.pair(ben, kit, open(world));
    for (const restarted of [false, true]) {
      if (restarted) world.restart();
      expect(world.access.settings.autoRelockMs).not.toBe(0);
      expect(world.access.planEnrol(ben.asker, { role: "driver", name: "d", publicKey: driver.publicKey.coseKey }, world.nowMs).ok).toBe(true);
    }
  });

  it("keeps the grants of an owner dead who was removed, then enrolled anew by the next owner", () => {
    const world = claimed();
    const second = person("second");
    world.enrol(ann, second, "owner");
    const cwt = grantFor(second, guest, { uses: 3, expiresAtS: undefined, notBeforeS: undefined });
    world.done(world.access.planRevoke(recovery.asker, second.id, world.nowMs));
    world.pair(ben, kit, open(world));
    world.enrol(ben, second, "owner");
    expect(world.verdict(world.guest(cwt), "unlock", { use: 1 })).toBe("grantRevoked");
  });

  it("dies with the owner who opened it", () => {
    const world = claimed();
    world.enrol(ann, person("second"), "owner");
    const secret = open(world);
    world.done(world.access.planRevoke(recovery.asker, ann.id, world.nowMs));
    expect(attempt(world, secret)).toMatchObject({ error: { reason: "pairingClosed" } });
  });

  it("to oneself makes a new kit", () => {
    const world = claimed();
    world.pair(ann, kit, open(world));
    expect([world.verdict(ann.asker, "unlock"), world.verdict(kit.asker, "revoke"), world.verdict(recovery.asker, "revoke")]).toEqual(["allowed", "allowed", "unknownKey"]);
  });

  it("is swept from flash later, in small pieces, and means the same before, during and after", () => {
    const world = claimed();
    for (let i = 0; i < 70; i++) world.enrol(ann, person(`d${i}`), "driver");
    world.done(world.access.planRevoke(ann.asker, person("d0").id, world.nowMs));
    world.pair(ben, kit, open(world));
    const before = world.records.size;
    let pieces = 0;
    for (; pieces < 20; pieces++) {
      const { changes } = world.access.planTick(world.nowMs);
      expect(changes.length).toBeLessThanOrEqual(33);
      if (changes.length === 0) break;
      world.commit(changes);
      world.restart();
      expect([world.access.keyCount, world.verdict(ben.asker, "unlock"), world.verdict(ann.asker, "unlock")]).toEqual([2, "allowed", "unknownKey"]);
    }
    expect(pieces).toBeGreaterThan(1);
    expect(world.records.size).toBe(before - 73);
  }, 60_000);
});

describe("reset", () => {
  it("needs the button inside, or the announced delay", () => {
    for (const by of [ann, recovery]) {
      const world = claimed();
      expect(world.done(world.access.planReset(by.asker, false, world.nowMs))).toMatchObject({ kind: "delayed", dueInS: 86_400 });
      expect(world.done(world.access.planReset(by.asker, false, world.nowMs))).toMatchObject({ kind: "delayed", pendingId: 1 });
      expect(world.access.ownership).toBe("claimed");
      expect(world.done(world.access.planReset(by.asker, true, world.nowMs)).kind).toBe("done");
      expect([world.access.ownership, world.access.keyCount]).toEqual(["unclaimed", 0]);
    }
    expect(claimed().access.planReset(driver.asker, true, 0)).toEqual({ ok: false, error: "roleForbids" });
  });

  it("happens after its delay unless an owner cancels it", () => {
    for (const cancelled of [false, true]) {
      const world = claimed();
      world.done(world.access.planReset(recovery.asker, false, world.nowMs));
      if (cancelled) world.doneChanges(world.access.planCancelPending(ann.asker, 1));
      expect(world.runUntil(world.nowMs + DAY_MS).happened).toEqual(cancelled ? [] : ["reset"]);
      expect(world.access.ownership).toBe(cancelled ? "claimed" : "unclaimed");
    }
  });

  it("lets a new first owner pair, and keeps owner epoch, issuer epochs, list versions and the floor", () => {
    const world = claimed();
    world.access.reportTime("gps", JUNE_S, world.nowMs);
    world.done(world.access.planDeliverList(listBy(ann, 7, [])));
    world.runUntil(world.nowMs + DAY_MS);
    const { floorS } = world.access.time;
    world.done(world.access.planReset(ann.asker, true, world.nowMs));
    world.claim(ann, kit, "reset");
    world.restart();
    expect(world.access.ownerEpoch).toBe(3);
    expect(world.access.issuer(ann.id)).toMatchObject({ epoch: 1, listVersion: 7 });
    expect(world.access.time.floorS).toBeGreaterThanOrEqual(floorS);
    expect(world.access.planDeliverList(listBy(ann, 7, [], { epoch: 1 }))).toEqual({ ok: false, error: "olderList" });
  });
});

describe("power loss and damaged records", () => {
  it("finds the old owner or the new one, whichever records of the batch's two outcomes it starts from", () => {
    const world = claimed();
    const old = new Map(world.records);
    world.pair(ben, kit, open(world));
    for (const [records, owner] of [[old, ann], [new Map(world.records), ben]] as const) {
      world.records.clear();
      for (const [id, change] of records) world.records.set(id, change);
      world.restart();
      expect([world.access.ownership, world.access.ownerCount, world.verdict(owner.asker, "unlock")]).toEqual(["claimed", 1, "allowed"]);
    }
  });

  const damage = (world: World, table: number, match = (_change: RecordChange) => true): void => {
    for (const [id, change] of world.records) if (change.table === table && match(change)) world.records.set(id, { ...change, value: Uint8Array.of(0xff) });
    world.restart();
  };

  it("opens for nobody and lets nobody claim when it cannot read who owns the car", () => {
    const world = claimed();
    damage(world, TABLES.ownership);
    expect(world.faults.map(({ table }) => table)).toContain(TABLES.ownership);
    expect(world.access.ownership).toBe("lost");
    for (const asker of [ann.asker, recovery.asker, driver.asker]) expect(world.verdict(asker, "unlock")).toBe("storageFault");
    expect(world.access.openPairing({ why: "claim", nowMs: 0 })).toEqual({ ok: false, error: "storageFault" });
    expect(world.access.admitGrant(grantFor(ann, guest))).toEqual({ ok: false, error: "storageFault" });
  });

  it("does the same when the record is gone but keys are there", () => {
    const world = claimed();
    for (const [id, change] of world.records) if (change.table === TABLES.ownership) world.records.delete(id);
    world.restart();
    expect(world.access.ownership).toBe("lost");
    expect(world.access.openPairing({ why: "claim", nowMs: 0 }).ok).toBe(false);
  });

  it("names a key it cannot read and keeps the others; without any owner left the recovery key makes a new one", () => {
    const world = claimed();
    damage(world, TABLES.keys, ({ key }) => toHex(key) === ann.id);
    expect(world.faults).toEqual([{ table: TABLES.keys, key: ann.id, what: "an enrolled key; enrol it again" }]);
    expect([world.verdict(ann.asker, "unlock"), world.verdict(driver.asker, "unlock")]).toEqual(["unknownKey", "allowed"]);
    expect(world.access.openPairing({ why: "claim", nowMs: 0 }).ok).toBe(false);
    world.enrol(recovery, ann, "owner");
    expect(world.verdict(ann.asker, "unlock")).toBe("allowed");
  });

  it("does not carry out the removal of the last owner that is left after damage", () => {
    const world = claimed();
    world.enrol(ann, ben, "owner");
    world.done(world.access.planRevoke(ann.asker, ben.id, world.nowMs));
    damage(world, TABLES.keys, ({ key }) => toHex(key) === ann.id);
    expect(world.runUntil(world.nowMs + 2 * DAY_MS).happened).toEqual([]);
    expect([world.verdict(ben.asker, "unlock"), world.access.notices(world.nowMs)]).toEqual(["allowed", []]);
  });

  it("keeps revoked what it revoked, used up what it counted, and dead whose epoch it lost", () => {
    const world = claimed();
    world.access.reportTime("gps", JUNE_S, world.nowMs);
    const cwt = grantFor(ann, guest, { uses: 5 });
    const used = world.ask(world.guest(cwt), "unlock", { use: 1 });
    world.commit(used.allowed ? used.consumes : []);
    world.done(world.access.planRevoke(ann.asker, driver.id, world.nowMs));
    const time = () => world.access.reportTime("gps", JUNE_S + 60, world.nowMs);
    damage(world, TABLES.revocations);
    time();
    expect(world.verdict(driver.asker, "unlock")).toBe("revokedKey");
    expect(world.verdict(world.guest(cwt), "unlock", { use: 2 })).toBe("allowed");
    damage(world, TABLES.grantUses);
    time();
    expect(world.verdict(world.guest(cwt), "unlock", { use: 2 })).toBe("usedUp");
    world.done(world.access.planDeliverList(listBy(ann, 1, [])));
    damage(world, TABLES.issuers);
    time();
    expect(world.verdict(world.guest(cwt), "unlock", { use: 2 })).toBe("grantRevoked");
  });

  it("turns valet mode on, and keeps other settings at their defaults, when it cannot read them", () => {
    const world = claimed();
    world.doneChanges(world.access.planChangeSettings(ann.asker, new Map([["walkAwayEnabled", true]])));
    world.doneChanges(world.access.planValetMode(ann.asker, true));
    world.doneChanges(world.access.planValetMode(ann.asker, false));
    damage(world, TABLES.settings);
    expect(world.access.settings).toMatchObject({ valetMode: true, walkAwayEnabled: false });
    world.doneChanges(world.access.planValetMode(ann.asker, false));
    expect(world.access.settings.valetMode).toBe(false);
  });

  it("never throws on a record, whatever its bytes", () => {
    const world = claimed();
    for (let i = 0; i < 2000; i++) {
      const bytes = crypto.sha256(Uint8Array.of(i >> 8, i & 0xff));
      const change = { table: ((i % 11) + 1) as RecordChange["table"], key: bytes.subarray(0, 1 + (i % 32)), value: i % 7 === 0 ? undefined : bytes.subarray(0, i % 13) };
      expect(() => world.access.apply(change)).not.toThrow();
    }
  });
});
