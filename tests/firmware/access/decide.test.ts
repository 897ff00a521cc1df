import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describePolicy, ROLE_TABLE, USE_REPEAT_MS, VALET_MODE_TABLE, type Asker } from "../../../firmware/access/index.ts";
import { Authorisation } from "../../../firmware/lock/index.ts";
import { ACTIONS, GRANTABLE, ROLES, type Action, type Role } from "../../../firmware/wire/index.ts";
import { DAY_S, grantFor, JUNE_S, person, World } from "./world.ts";

const [owner, recovery, driver, service, guest, valet, card, monitor, charger] = ["owner", "recovery", "driver", "service", "guest", "valet", "card", "monitor", "charger"].map((name) => person(name)) as [
  ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>, ReturnType<typeof person>,
];
const ALL_ACTIONS = Object.keys(ACTIONS) as Action[];

/** Everything but what a card alone does. */
const OWNERS: readonly Action[] = ALL_ACTIONS.filter((action) => action !== "approveKey");

function claimed(): World {
  const world = new World();
  world.claim(owner, recovery);
  world.enrol(owner, driver, "driver");
  world.enrol(owner, service, "service");
  world.enrol(owner, card, "card");
  world.enrol(owner, monitor, "monitor");
  world.enrol(owner, charger, "charger");
  world.access.reportTime("gps", JUNE_S + 3600, world.nowMs);
  return world;
}

/** What each role may do, written down a second time: a slip in the table must not move the test along with it. */
const EXPECTED: Readonly<Record<Role, readonly Action[]>> = {
  owner: OWNERS,
  driver: ["unlock", "lock", "trunk", "drive", "status", "readLog", "deliverList", "enterPin", "charge", "comfort"],
  service: ["unlock", "lock", "trunk", "drive", "status", "readLog", "deliverList", "enterPin"],
  guest: ["unlock", "lock", "trunk", "drive", "status", "deliverList", "enterPin"],
  monitor: ["status", "readPosition", "deliverList"],
  charger: ["status", "charge", "deliverList"],
  valet: ["unlock", "lock", "drive", "status", "deliverList", "enterPin"],
  recovery: ["enrol", "revoke", "listKeys", "cancelPending", "transfer", "reset", "deliverList"],
  // Over a link, which is what is asked here, a card is nothing; what it may do when tapped is below.
  card: [],
};

/** What a card may do at a reader. */
const TAPPED: readonly Action[] = ["unlock", "lock", "drive", "approveKey"];

describe("the role table", () => {
  const world = claimed();
  const everything = [...GRANTABLE];
  const askers: Readonly<Record<Role, Asker>> = {
    owner: owner.asker,
    driver: driver.asker,
    service: service.asker,
    recovery: recovery.asker,
    card: card.asker,
    monitor: monitor.asker,
    charger: charger.asker,
    guest: world.guest(grantFor(owner, guest, { actions: everything })),
    valet: world.guest(grantFor(owner, valet, { role: "valet", actions: everything })),
  };
  for (const role of Object.keys(ROLES) as Role[]) {
    it.each(ALL_ACTIONS)(`decides ${role} x %s as written down`, (action) => {
      expect(world.verdict(askers[role], action)).toBe(EXPECTED[role].includes(action) ? "allowed" : role === "card" && TAPPED.includes(action) ? "tapOnly" : "roleForbids");
    });
  }

  it.each(ALL_ACTIONS)("decides %s of a tapped card as written down, and of no other key that would be tapped", (action) => {
    expect(world.verdict(askers.card, action, { proximity: "tap" })).toBe(TAPPED.includes(action) ? "allowed" : "roleForbids");
    expect(world.verdict(askers.owner, action, { proximity: "tap" })).toBe(OWNERS.includes(action) ? "tapOnly" : "roleForbids");
  });

  it("is what docs/access.md shows", () => {
    const page = readFileSync(new URL("../../../docs/access.md", import.meta.url), "utf8");
    const shown = /<!-- policy table, generated -->\n\n([\s\S]*?)\n\n<!-- end of policy table -->/.exec(page)?.[1];
    expect(shown).toBe(describePolicy());
  });

  it("lets drivers and service read their own lines of the log only", () => {
    expect(world.ask(driver.asker, "readLog")).toMatchObject({ allowed: true, ownLinesOnly: true });
    expect(world.ask(owner.asker, "readLog")).toMatchObject({ allowed: true, ownLinesOnly: false });
  });

  it("gives each permission as a genuine authorisation that names action and key", () => {
    const decision = world.ask(driver.asker, "unlock");
    expect(decision.allowed && Authorisation.isGenuine(decision.authorisation)).toBe(true);
    expect(decision).toMatchObject({ authorisation: { action: "unlock", by: "driver:driver" }, consumes: [], limited: false });
  });
});

describe("who asks", () => {
  it("refuses a key that is not enrolled, one that was revoked and a newcomer, each with its reason", () => {
    const world = claimed();
    expect(world.verdict(person("stranger").asker, "unlock")).toBe("unknownKey");
    expect(world.verdict(person("stranger").newcomer, "unlock")).toBe("unknownKey");
    world.done(world.access.planRevoke(owner.asker, driver.id, world.nowMs));
    for (const action of ALL_ACTIONS) expect(world.verdict(driver.asker, action)).toBe("revokedKey");
  });

  it("tells the key of a car without owner so", () => {
    expect(new World().verdict(owner.asker, "unlock")).toBe("notClaimed");
  });
});

describe("valet mode", () => {
  const world = claimed();
  world.doneChanges(world.access.planValetMode(owner.asker, true));
  const gus = world.guest(grantFor(owner, guest, { actions: [...GRANTABLE] }));

  it("lets owners revoke, look and end it", () => {
    for (const action of ["revoke", "listKeys", "readLog", "valetMode", "cancelPending", "unlock", "trunk"] as const) {
      expect(world.verdict(owner.asker, action)).toBe("allowed");
    }
    expect(world.access.planRevoke(owner.asker, driver.id, world.nowMs).ok).toBe(true);
    expect(world.access.planNewEpoch(owner.asker).ok).toBe(true);
    expect(world.access.planValetMode(owner.asker, false).ok).toBe(true);
  });

  it.each(["enrol", "transfer", "reset", "changeSettings", "issueGrant"] as const)("keeps an owner's phone from %s until it is off, not the recovery key", (action) => {
    expect(world.verdict(owner.asker, action)).toBe("valetMode");
    if (ROLE_TABLE[action].recovery !== "no") expect(world.verdict(recovery.asker, action)).toBe("allowed");
  });

  it("is asked by the plans too, not by the decision alone", () => {
    const wanted = { role: "driver", name: "d", publicKey: person("x").publicKey.coseKey } as const;
    expect(world.access.planEnrol(owner.asker, wanted, world.nowMs)).toEqual({ ok: false, error: "valetMode" });
    expect(world.access.openPairing({ why: "transfer", by: owner.asker, nowMs: world.nowMs })).toEqual({ ok: false, error: "valetMode" });
  });

  it("keeps the trunk shut to all but owners and limits every drive", () => {
    for (const asker of [driver.asker, service.asker, gus]) expect(world.verdict(asker, "trunk")).toBe("valetMode");
    expect(world.ask(driver.asker, "drive")).toMatchObject({ allowed: true, limited: true });
  });

  it("only ever takes away: no cell allows what the role table refuses", () => {
    for (const action of OWNERS) {
      for (const asker of [driver.asker, service.asker, gus]) {
        if (world.verdict(asker, action) === "allowed") expect(VALET_MODE_TABLE[action]).toBe("unchanged");
      }
    }
  });
});

describe("a valet's drive", () => {
  it("is limited whether valet mode is on or not", () => {
    const world = claimed();
    const val = world.guest(grantFor(owner, valet, { role: "valet", actions: ["drive"] }));
    expect(world.ask(val, "drive")).toMatchObject({ allowed: true, limited: true });
  });
});

describe("paths and links", () => {
  const world = claimed();
  const gus = world.guest(grantFor(owner, guest, { actions: [...GRANTABLE] }));

  it("serves nothing but unlock and lock over a fast reconnect", () => {
    for (const action of OWNERS) {
      expect(world.verdict(owner.asker, action, { path: "fast" })).toBe(action === "unlock" || action === "lock" ? "allowed" : "fullRunNeeded");
    }
  });

  it("never lets anybody drive over a remote link, and unlocks for enrolled keys only", () => {
    expect(world.verdict(owner.asker, "drive", { proximity: "remote" })).toBe("remoteLink");
    expect(world.verdict(owner.asker, "unlock", { proximity: "remote" })).toBe("allowed");
    expect(world.verdict(gus, "unlock", { proximity: "remote" })).toBe("remoteLink");
    expect(world.verdict(gus, "trunk", { proximity: "remote" })).toBe("remoteLink");
    expect(world.verdict(gus, "status", { proximity: "remote" })).toBe("allowed");
  });

  it("never enrols a key or a card over a remote link, whoever asks", () => {
    expect(world.verdict(owner.asker, "enrol")).toBe("allowed");
    for (const asker of [owner.asker, recovery.asker]) expect(world.verdict(asker, "enrol", { proximity: "remote" })).toBe("remoteLink");
  });

  it("serves remote links nothing once an owner has switched them off, and local ones as before", () => {
    const closed = claimed();
    closed.doneChanges(closed.access.planChangeSettings(owner.asker, new Map([["remoteAccess", false]])));
    for (const action of OWNERS) expect(closed.verdict(owner.asker, action, { proximity: "remote" }), action).toBe("remoteLink");
    expect(closed.verdict(owner.asker, "unlock")).toBe("allowed");
  });
});

describe("a grant's scope and window", () => {
  it("opens what its scope names and nothing else", () => {
    const world = claimed();
    for (const granted of GRANTABLE) {
      const gus = world.guest(grantFor(owner, guest, { actions: [granted] }));
      for (const action of GRANTABLE) expect(world.verdict(gus, action)).toBe(action === granted ? "allowed" : "outsideScope");
    }
  });

  it.each([
    [JUNE_S - 1, "notYetValid"],
    [JUNE_S, "allowed"],
    [JUNE_S + DAY_S - 1, "allowed"],
    [JUNE_S + DAY_S, "expired"],
    [JUNE_S + DAY_S + 1, "expired"],
  ])("at %i s gives %s: nbf <= now < exp", (atS, expected) => {
    const world = new World();
    world.claim(owner, recovery);
    world.access.reportTime("gps", atS, world.nowMs);
    const gus = world.guest(grantFor(owner, guest, { expiresAtS: JUNE_S + DAY_S }));
    expect(world.verdict(gus, "unlock")).toBe(expected);
  });

  it("is not judged without trusted time, while owners are served all the same", () => {
    const world = new World();
    world.claim(owner, recovery);
    const gus = world.guest(grantFor(owner, guest));
    expect(world.verdict(gus, "unlock")).toBe("timeNotTrusted");
    expect(world.verdict(owner.asker, "unlock")).toBe("allowed");
  });

  it("has surely ended once the floor is past it, trusted time or not", () => {
    const world = claimed();
    world.access.reportTime("gps", JUNE_S + 8 * DAY_S, world.nowMs);
    world.commit(world.access.planTick(world.nowMs).changes);
    world.restart();
    expect(world.access.time.trust).toBe("untrusted");
    expect(world.verdict(world.guest(grantFor(owner, guest)), "unlock")).toBe("expired");
  });

  it("stays good to its end when trust in time is lost while it is in use, and only then", () => {
    const world = claimed();
    const used = world.guest(grantFor(owner, guest, { expiresAtS: JUNE_S + DAY_S }));
    const unused = world.guest(grantFor(owner, guest, { expiresAtS: JUNE_S + DAY_S }));
    expect(world.verdict(used, "unlock")).toBe("allowed");
    expect(world.access.reportTime("rtc", JUNE_S + 20 * DAY_S, world.nowMs)).toEqual({ ok: false, error: "sourcesDisagree" });
    expect(world.verdict(unused, "unlock")).toBe("timeNotTrusted");
    expect(world.verdict(used, "unlock")).toBe("allowed");
    world.nowMs += (DAY_S - 3600) * 1000 - 1;
    expect(world.verdict(used, "unlock")).toBe("allowed");
    world.nowMs += 1;
    expect(world.verdict(used, "unlock")).toBe("expired");
    world.restart();
    expect(world.verdict(used, "unlock")).toBe("timeNotTrusted");
  });

  it("does not come into use by delivering a list before its start", () => {
    const world = claimed();
    const early = world.guest(grantFor(owner, guest, { notBeforeS: JUNE_S + DAY_S }));
    expect(world.verdict(early, "deliverList")).toBe("allowed");
    world.access.reportTime("rtc", JUNE_S + 20 * DAY_S, world.nowMs);
    expect(world.verdict(early, "unlock")).toBe("timeNotTrusted");
  });
});

describe("a counted grant", () => {
  const counted = (uses: number) => grantFor(owner, guest, { uses, expiresAtS: undefined, notBeforeS: undefined, actions: [...GRANTABLE] });

  it("needs no clock, consumes a use in a record, and is used up after the last", () => {
    const world = new World();
    world.claim(owner, recovery);
    const gus = world.guest(counted(2));
    for (const use of [1, 2]) {
      const decision = world.ask(gus, "unlock", { use });
      expect(decision).toMatchObject({ allowed: true });
      expect(decision.allowed && decision.consumes.length).toBe(1);
      world.commit(decision.allowed ? decision.consumes : []);
    }
    expect(world.verdict(gus, "unlock", { use: 3 })).toBe("usedUp");
    world.restart();
    expect(world.verdict(gus, "unlock", { use: 2 })).toBe("usedUp");
    expect(world.verdict(gus, "unlock", { use: 1 })).toBe("usedUp");
  });

  it("repeats a use for the same action without a new record, until two minutes are over", () => {
    const world = claimed();
    const gus = world.guest(counted(2));
    const first = world.ask(gus, "unlock", { use: 1 });
    world.commit(first.allowed ? first.consumes : []);
    world.nowMs += USE_REPEAT_MS - 1;
    expect(world.ask(gus, "unlock", { use: 1 })).toMatchObject({ allowed: true, consumes: [] });
    expect(world.verdict(gus, "drive", { use: 1 })).toBe("usedUp");
    world.nowMs += 1;
    expect(world.ask(gus, "unlock", { use: 1 })).toEqual({ allowed: false, reason: "usedUp", nextUse: 2 });
  });

  it("ends repeats when the latch has reported, and at a restart", () => {
    const world = claimed();
    const gus = world.guest(counted(3));
    if (gus.kind !== "grant") throw new Error("a grant");
    const first = world.ask(gus, "unlock", { use: 1 });
    world.commit(first.allowed ? first.consumes : []);
    world.access.useFinished(gus.grant);
    expect(world.verdict(gus, "unlock", { use: 1 })).toBe("usedUp");
    const second = world.ask(gus, "unlock", { use: 2 });
    world.commit(second.allowed ? second.consumes : []);
    world.restart();
    expect(world.verdict(gus, "unlock", { use: 2 })).toBe("usedUp");
    expect(world.verdict(gus, "unlock", { use: 3 })).toBe("allowed");
  });

  it("asks again for a record while the first is not committed: a failed commit gives nothing away", () => {
    const world = claimed();
    const gus = world.guest(counted(1));
    for (let i = 0; i < 2; i++) {
      const decision = world.ask(gus, "unlock", { use: 1 });
      expect(decision.allowed && decision.consumes.length).toBe(1);
    }
  });

  it("loses the numbers that a guest skips, and takes none twice", () => {
    const world = claimed();
    const gus = world.guest(counted(5));
    const jump = world.ask(gus, "unlock", { use: 4 });
    world.commit(jump.allowed ? jump.consumes : []);
    for (const use of [1, 2, 3]) expect(world.verdict(gus, "unlock", { use })).toBe("usedUp");
    expect(world.verdict(gus, "unlock", { use: 5 })).toBe("allowed");
    expect(world.verdict(gus, "unlock", { use: 6 })).toBe("usedUp");
  });

  it.each([undefined, 0, -1, 1.5, Number.NaN, Number.MAX_VALUE])("refuses %s as a use number", (use) => {
    const world = claimed();
    const gus = world.guest(counted(5));
    expect(world.verdict(gus, "unlock", use === undefined ? {} : { use })).toBe("malformed");
  });

  it("lets the guest look for nothing while uses are left, and no longer once they are gone", () => {
    const world = claimed();
    const gus = world.guest(counted(1));
    expect(world.verdict(gus, "status")).toBe("allowed");
    const last = world.ask(gus, "unlock", { use: 1 });
    world.commit(last.allowed ? last.consumes : []);
    expect(world.verdict(gus, "status")).toBe("allowed");
    world.nowMs += USE_REPEAT_MS;
    expect(world.verdict(gus, "status")).toBe("usedUp");
    expect(world.verdict(gus, "deliverList")).toBe("allowed");
  });
});
