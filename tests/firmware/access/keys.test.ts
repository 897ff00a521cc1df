import { describe, expect, it } from "vitest";
import { endsSessionOf, OWNER_COUNT_MAX } from "../../../firmware/access/index.ts";
import { fromHex } from "../../../firmware/base/index.ts";
import { publicKeyOf, thumbprint } from "../../../firmware/cose/index.ts";
import type { Role } from "../../../firmware/wire/index.ts";
import { publishedKeys } from "./published-keys.ts";
import { crypto, DAY_MS, grantFor, JUNE_S, person, World } from "./world.ts";

const [ann, ben, eve, recovery, driver, guest] = ["ann", "ben", "eve", "recovery", "driver", "guest"].map((name) => person(name)) as [
  ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>,
];

function claimed(...owners: ReturnType<typeof person>[]): World {
  const world = new World();
  world.claim(ann, recovery);
  for (const owner of owners) world.enrol(ann, owner, "owner");
  world.enrol(ann, driver, "driver");
  return world;
}

const keyOf = (who: ReturnType<typeof person>, role: Role = "driver", name = "a name") => ({ role, name, publicKey: who.publicKey.coseKey });

describe("enrolment", () => {
  it("lets an owner enrol every role but recovery, and the recovery key owners only", () => {
    for (const [by, roles] of [[ann, ["owner", "driver", "guest", "valet", "service"]], [recovery, ["owner"]]] as const) {
      for (const role of ["owner", "driver", "guest", "valet", "service", "recovery"] as const) {
        const plan = claimed().access.planEnrol(by.asker, keyOf(eve, role), 0);
        expect(plan.ok ? "enrolled" : plan.error, `${by.id} ${role}`).toBe((roles as readonly Role[]).includes(role) ? "enrolled" : "roleForbids");
      }
    }
  });

  it("is nobody else's: driver, guest, newcomer and stranger are refused", () => {
    const world = claimed();
    world.access.reportTime("gps", JUNE_S, world.nowMs);
    const gus = world.guest(grantFor(ann, guest));
    for (const asker of [driver.asker, gus]) expect(world.access.planEnrol(asker, keyOf(eve), 0)).toEqual({ ok: false, error: "roleForbids" });
    for (const asker of [eve.asker, eve.newcomer]) expect(world.access.planEnrol(asker, keyOf(eve), 0)).toEqual({ ok: false, error: "unknownKey" });
  });

  it("refuses a key twice, a name that is none, an unknown role and bytes that are no key", () => {
    const world = claimed();
    expect(world.access.planEnrol(ann.asker, keyOf(driver), 0)).toEqual({ ok: false, error: "alreadyEnrolled" });
    for (const name of ["", "x".repeat(65), "a\u001bb", "a\u202eb"]) expect(world.access.planEnrol(ann.asker, keyOf(eve, "driver", name), 0)).toEqual({ ok: false, error: "malformed" });
    expect(world.access.planEnrol(ann.asker, keyOf(eve, "toString" as Role), 0)).toEqual({ ok: false, error: "malformed" });
    for (const publicKey of [new Uint8Array(0), eve.publicKey.raw, publicKeyOf("Ed25519", new Uint8Array(32)).coseKey]) {
      expect(world.access.planEnrol(ann.asker, { ...keyOf(eve), publicKey }, 0)).toEqual({ ok: false, error: "unacceptableKey" });
    }
  });

  it.each(publishedKeys())("refuses the published key of %s, unless told to reproduce traces", (_name, algorithm, raw) => {
    const publicKey = publicKeyOf(algorithm, raw).coseKey;
    expect(claimed().access.planEnrol(ann.asker, { ...keyOf(eve), publicKey }, 0)).toEqual({ ok: false, error: "unacceptableKey" });
    const traces = new World({ allowTestKeys: true });
    traces.claim(ann, recovery);
    expect(traces.access.planEnrol(ann.asker, { ...keyOf(eve), publicKey }, 0).ok).toBe(true);
  });

  it("refuses the car's own key", () => {
    const world = new World({ vehicleId: thumbprint(crypto, eve.publicKey) });
    world.claim(ann, recovery);
    expect(world.access.planEnrol(ann.asker, keyOf(eve), 0)).toEqual({ ok: false, error: "unacceptableKey" });
  });

  it(`stops at ${OWNER_COUNT_MAX} owners`, () => {
    const world = claimed();
    for (let i = 1; i < OWNER_COUNT_MAX; i++) world.enrol(ann, person(`owner ${i}`), "owner");
    expect(world.access.planEnrol(ann.asker, keyOf(eve, "owner"), 0)).toEqual({ ok: false, error: "storeFull" });
    expect(world.access.planEnrol(ann.asker, keyOf(eve, "driver"), 0).ok).toBe(true);
  });

  it("lists keys in pages, in the order of their enrolment", () => {
    const world = claimed(ben, eve);
    const first = world.access.listKeys(2);
    const rest = world.access.listKeys(10, first.keys[1]!.keyId);
    expect(first.more).toBe(true);
    expect([...first.keys, ...rest.keys].map(({ keyId }) => keyId)).toEqual([ann.id, recovery.id, ben.id, eve.id, driver.id]);
    expect(rest.more).toBe(false);
  });
});

describe("revoking", () => {
  it("removes other roles at once and for good, and ends their sessions", () => {
    const world = claimed();
    const plan = world.done(world.access.planRevoke(ann.asker, driver.id, 0));
    expect(plan.kind === "done" && endsSessionOf(plan.closing, driver.asker)).toBe(true);
    expect(plan.kind === "done" && endsSessionOf(plan.closing, ann.asker)).toBe(false);
    expect(world.verdict(driver.asker, "unlock")).toBe("revokedKey");
    expect(world.access.planEnrol(ann.asker, keyOf(driver), 0)).toEqual({ ok: false, error: "revokedKey" });
  });

  it("never removes the last owner, not by itself, not by the recovery key", () => {
    const world = claimed();
    for (const by of [ann, recovery]) expect(world.access.planRevoke(by.asker, ann.id, 0)).toEqual({ ok: false, error: "lastOwner" });
  });

  it("lets an owner go by itself while another stays, and ends the grants it gave", () => {
    const world = claimed(ben);
    world.access.reportTime("gps", JUNE_S, world.nowMs);
    const gus = world.guest(grantFor(ben, guest));
    const plan = world.done(world.access.planRevoke(ben.asker, ben.id, world.nowMs));
    expect(plan.kind === "done" && [ben.asker, gus, guest.asker].every((asker) => endsSessionOf(plan.closing, asker))).toBe(true);
    expect(world.verdict(gus, "unlock")).toBe("issuerNotOwner");
    expect(world.access.planRevoke(ann.asker, ann.id, world.nowMs)).toEqual({ ok: false, error: "lastOwner" });
  });

  it("names no target that does not exist", () => {
    expect(claimed().access.planRevoke(ann.asker, eve.id, 0)).toEqual({ ok: false, error: "unknownTarget" });
  });

  it("removes another owner only after the announced delay, which every owner hears of", () => {
    const world = claimed(ben);
    const plan = world.done(world.access.planRevoke(ann.asker, ben.id, world.nowMs));
    expect(plan).toMatchObject({ kind: "delayed", dueInS: 86_400 });
    expect(world.verdict(ben.asker, "unlock")).toBe("allowed");
    expect(world.access.notices(world.nowMs)).toEqual([{ pendingId: 1, what: "removeOwner", target: fromHex(ben.id), dueInS: 86_400 }]);
    const startMs = world.nowMs;
    expect(world.runUntil(startMs + DAY_MS - 1).happened).toEqual([]);
    expect(world.verdict(ben.asker, "unlock")).toBe("allowed");
    expect(world.runUntil(startMs + DAY_MS).happened).toEqual([`removeOwner ${ben.id}`]);
    expect(world.verdict(ben.asker, "unlock")).toBe("revokedKey");
    expect(world.access.notices(world.nowMs)).toEqual([]);
  });

  it("asked twice by the same owner does not start anew, nor confirm itself", () => {
    const world = claimed(ben);
    world.done(world.access.planRevoke(ann.asker, ben.id, world.nowMs));
    world.runUntil(world.nowMs + 3_600_000);
    expect(world.access.planRevoke(ann.asker, ben.id, world.nowMs)).toEqual({ ok: true, value: { kind: "delayed", changes: [], pendingId: 1, dueInS: 82_800 } });
  });

  it("is done at once when a second owner confirms, not by the target", () => {
    const world = claimed(ben, eve);
    world.done(world.access.planRevoke(ann.asker, eve.id, 0));
    expect(world.done(world.access.planRevoke(ben.asker, eve.id, 0)).kind).toBe("done");
    expect(world.verdict(eve.asker, "unlock")).toBe("revokedKey");
  });

  it("is done at once by the recovery key", () => {
    const world = claimed(eve);
    expect(world.done(world.access.planRevoke(recovery.asker, eve.id, 0)).kind).toBe("done");
    expect(world.verdict(eve.asker, "unlock")).toBe("revokedKey");
  });

  it("is cancelled by any owner, the target included, and by nobody below", () => {
    for (const by of [ann, ben, eve, recovery]) {
      const world = claimed(ben, eve);
      world.done(world.access.planRevoke(ann.asker, eve.id, 0));
      expect(world.access.planCancelPending(driver.asker, 1)).toEqual({ ok: false, error: "roleForbids" });
      expect(world.access.planCancelPending(by.asker, 2)).toEqual({ ok: false, error: "unknownTarget" });
      world.doneChanges(world.access.planCancelPending(by.asker, 1));
      expect(world.runUntil(world.nowMs + 2 * DAY_MS).happened).toEqual([]);
      expect(world.verdict(eve.asker, "unlock")).toBe("allowed");
    }
  });

  it("does not outlive the owner who announced it", () => {
    const world = claimed(eve);
    world.done(world.access.planRevoke(eve.asker, ann.id, 0));
    world.done(world.access.planRevoke(recovery.asker, eve.id, 0));
    expect(world.access.notices(0)).toEqual([]);
  });

  it("leaves one of two owners who announce each other's removal", () => {
    const world = claimed(ben);
    world.done(world.access.planRevoke(ann.asker, ben.id, 0));
    world.done(world.access.planRevoke(ben.asker, ann.id, 0));
    expect(world.runUntil(world.nowMs + 3 * DAY_MS).happened).toHaveLength(1);
    expect(world.access.ownerCount).toBe(1);
  });

  it("gives the recovery key the same protection against one stolen phone", () => {
    const world = claimed();
    expect(world.done(world.access.planRevoke(ann.asker, recovery.id, 0)).kind).toBe("delayed");
    world.doneChanges(world.access.planCancelPending(recovery.asker, 1));
    expect(world.verdict(recovery.asker, "revoke")).toBe("allowed");
  });

  it("survives restarts: the stored remaining time never grows, and a restart repeats at most 15 minutes", () => {
    const world = claimed(ben);
    world.done(world.access.planRevoke(ann.asker, ben.id, world.nowMs));
    let storedS = 86_400;
    let poweredMs = 0;
    for (let boot = 0; boot < 60 && world.access.notices(world.nowMs).length > 0; boot++) {
      const startMs = world.nowMs;
      world.runUntil(startMs + 3_600_000 + 899_999);
      poweredMs += world.nowMs - startMs;
      world.restart();
      const leftS = world.access.notices(world.nowMs)[0]?.dueInS ?? 0;
      expect(leftS).toBeLessThanOrEqual(storedS - 3_600);
      storedS = leftS;
    }
    expect(world.verdict(ben.asker, "unlock")).toBe("revokedKey");
    expect(poweredMs).toBeGreaterThanOrEqual(DAY_MS);
    expect(poweredMs).toBeLessThan(DAY_MS + 30 * 900_000);
  });

  it("never gives an old number to a new announcement", () => {
    const world = claimed(ben);
    world.done(world.access.planRevoke(ann.asker, ben.id, 0));
    world.doneChanges(world.access.planCancelPending(ann.asker, 1));
    world.restart();
    expect(world.done(world.access.planRevoke(ann.asker, ben.id, world.nowMs))).toMatchObject({ pendingId: 2 });
  });
});

describe("settings", () => {
  it("changes all or nothing, and names the setting at fault", () => {
    const world = claimed();
    const change = (settings: [string | number, boolean | number | string][]) => world.access.planChangeSettings(ann.asker, new Map(settings));
    expect(change([["walkAwayEnabled", true], ["colour", 3]])).toEqual({ ok: false, error: { reason: "malformed", fault: { setting: "colour", why: "unknown" } } });
    expect(change([["walkAwayMs", 999]])).toEqual({ ok: false, error: { reason: "malformed", fault: { setting: "walkAwayMs", why: "outOfRange" } } });
    expect(change([["walkAwayEnabled", 1]])).toMatchObject({ ok: false, error: { fault: { setting: "walkAwayEnabled" } } });
    expect(change([["valetMode", true]])).toMatchObject({ ok: false, error: { fault: { setting: "valetMode", why: "unknown" } } });
    expect(change([["ownerRemovalDelayS", 3_600]])).toMatchObject({ ok: false, error: { fault: { setting: "ownerRemovalDelayS" } } });
    for (const name of ["x".repeat(4_000), "\u001b[2J", ""]) {
      expect(change([[name, 1]])).toEqual({ ok: false, error: { reason: "malformed", fault: { setting: "a name that cannot be shown", why: "unknown" } } });
    }
    world.doneChanges(change([["walkAwayEnabled", true], ["autoRelockMs", 0]]));
    world.restart();
    expect(world.access.settings).toMatchObject({ walkAwayEnabled: true, autoRelockMs: 0, valetMode: false });
    expect(world.access.planChangeSettings(driver.asker, new Map())).toEqual({ ok: false, error: { reason: "roleForbids" } });
  });

  it("takes the car's defaults from its description", () => {
    expect(new World({ settingDefaults: { autoRelockMs: 12_000 } }).access.settings.autoRelockMs).toBe(12_000);
  });
});
