import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Access, Asker } from "../../../firmware/access/index.ts";
import { toHex } from "../../../firmware/base/index.ts";
import type { RecordChange } from "../../../firmware/records/index.ts";
import type { Action, Role } from "../../../firmware/wire/index.ts";
import { seededRandom } from "../../support/random.ts";
import { grantFor, JUNE_S, listBy, person, World } from "./world.ts";

const NAMES = ["ann", "ben", "eve", "dan", "kit", "box"] as const;
const PEOPLE = NAMES.map((name) => person(name));
/** Counted grants without a window, one per possible issuer: good or dead whatever the clock. */
const GRANTS = PEOPLE.slice(0, 3).map((issuer, i) =>
  grantFor(issuer, person("guest"), { uses: 50, expiresAtS: undefined, notBeforeS: undefined, cti: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, i) }),
);
const LISTS = new Map<string, Uint8Array>();

const who = fc.integer({ min: 0, max: PEOPLE.length - 1 });
const step = fc.oneof(
  fc.record({ op: fc.constant("enrol" as const), by: who, of: who, n: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ op: fc.constant("revoke" as const), by: who, of: who, n: fc.constant(0) }),
  fc.record({ op: fc.constant("cancel" as const), by: who, of: who, n: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ op: fc.constant("list" as const), by: fc.integer({ min: 0, max: 2 }), of: who, n: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ op: fc.constantFrom("newEpoch" as const, "pair" as const, "valetMode" as const, "setTime" as const), by: who, of: who, n: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ op: fc.constant("reset" as const), by: who, of: who, n: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ op: fc.constant("use" as const), by: fc.integer({ min: 0, max: 2 }), of: who, n: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ op: fc.constantFrom("pass" as const, "restart" as const), by: who, of: who, n: fc.integer({ min: 0, max: 40 }) }),
);
type Step = { op: "enrol" | "revoke" | "cancel" | "list" | "newEpoch" | "pair" | "valetMode" | "setTime" | "reset" | "use" | "pass" | "restart"; by: number; of: number; n: number };

function play(world: World, { op, by, of, n }: Step): void {
  const [actor, other] = [PEOPLE[by]!, PEOPLE[of]!];
  const commit = (plan: { ok: true; value: { changes: readonly RecordChange[] } | readonly RecordChange[] } | { ok: false }): boolean => {
    if (plan.ok) world.commit("changes" in plan.value ? plan.value.changes : plan.value);
    return plan.ok;
  };
  const { access, nowMs } = world;
  switch (op) {
    case "enrol":
      return void commit(access.planEnrol(actor.asker, { role: (["owner", "driver", "service"] as Role[])[n]!, name: "n", publicKey: other.publicKey.coseKey }, nowMs));
    case "revoke":
      return void commit(access.planRevoke(actor.asker, other.id, nowMs));
    case "cancel":
      return void commit(access.planCancelPending(actor.asker, n));
    case "list":
      return void commit(access.planDeliverList(list(by, of, n)));
    case "newEpoch":
      return void commit(access.planNewEpoch(actor.asker));
    case "valetMode":
      return void commit(access.planValetMode(actor.asker, n < 2));
    case "setTime": {
      const plan = access.planSetTime(actor.asker, { unixS: JUNE_S + n * 9_000_000, newTimeEpoch: of === 0 }, nowMs);
      if (commit(plan) && plan.ok) access.adoptTime(plan.value.time);
      return;
    }
    case "pair": {
      const opened = access.openPairing(access.ownership === "claimed" ? { why: "transfer", by: actor.asker, nowMs } : { why: "claim", nowMs });
      if (opened.ok) world.pair(other, PEOPLE[(of + 1) % PEOPLE.length]!, opened.value.secret);
      return;
    }
    case "reset":
      return void commit(access.planReset(actor.asker, n === 0, nowMs));
    case "use": {
      const asker = guestOf(access, by);
      const decision = asker && world.ask(asker, "unlock", { use: n === 0 ? 1 : usesOf(world, asker) + n });
      if (decision?.allowed) world.commit(decision.consumes);
      return;
    }
    case "pass":
      return void world.runUntil(nowMs + n * 1_800_000);
    case "restart":
      return world.restart();
  }
}

function list(by: number, of: number, n: number): Uint8Array {
  const id = `${by} ${of} ${n}`;
  const made = LISTS.get(id) ?? listBy(PEOPLE[by]!, n + 1, n % 2 === 0 ? [{ kind: "key", thumbprint: PEOPLE[of]!.thumbprint }] : [{ kind: "grant", grantId: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, of) }], { epoch: n >> 1 });
  LISTS.set(id, made);
  return made;
}

function guestOf(access: Access, issuer: number): Asker | undefined {
  const admitted = access.admitGrant(GRANTS[issuer]!);
  return admitted.ok ? { kind: "grant", grant: admitted.value } : undefined;
}

function usesOf(world: World, asker: Asker): number {
  const refused = world.ask(asker, "unlock", { use: 0 });
  return refused.allowed || refused.nextUse === undefined ? 0 : refused.nextUse - 1;
}

/** Everything that must only grow, as [name, value]. */
function counters(world: World): Map<string, number> {
  const { access } = world;
  const all = new Map([["owner epoch", access.ownerEpoch], ["time epoch", access.time.epoch], [`floor of epoch ${access.time.epoch}`, access.time.floorS]]);
  PEOPLE.forEach((one, i) => {
    const { epoch, listVersion } = access.issuer(one.id);
    all.set(`epoch of ${NAMES[i]}`, epoch).set(`version of ${NAMES[i]}`, listVersion);
  });
  return all;
}

/** What a car answers to everybody, apart from what lasts for one boot. */
function answers(access: Access, nowMs: number): unknown {
  const verdict = (asker: Asker, action: Action, use?: number) => {
    const decision = access.decide({ asker, action, proximity: "local", path: "full", nowMs, use });
    return decision.allowed ? `yes ${decision.limited}` : `${decision.reason} ${decision.nextUse}`;
  };
  const keys = access.listKeys(100).keys;
  return {
    verdicts: PEOPLE.map(({ asker }) => (["unlock", "trunk", "enrol", "revoke", "readLog"] as const).map((action) => verdict(asker, action))),
    guests: GRANTS.map((_, i) => guestOf(access, i)).map((asker) => asker && [verdict(asker, "unlock", 50), verdict(asker, "unlock", 0)]),
    keys: [...keys].sort((a, b) => a.keyId.localeCompare(b.keyId)),
    issuers: PEOPLE.map(({ id }) => access.issuer(id)),
    settings: access.settings,
    ownership: [access.ownership, access.ownerEpoch, access.ownerCount, access.time.epoch, access.time.floorS],
    pending: access.notices(nowMs).map(({ pendingId, what, target }) => [pendingId, what, target && toHex(target)]).sort(),
  };
}

function shuffled(changes: RecordChange[], seed: string): RecordChange[] {
  const random = seededRandom(seed);
  for (let i = changes.length - 1; i > 0; i--) {
    const j = random.bytes(1)[0]! % (i + 1);
    [changes[i], changes[j]] = [changes[j]!, changes[i]!];
  }
  return changes;
}

describe("no sequence of operations", () => {
  it("leaves a claimed car without a working owner, lowers a counter, revives a revoked key, or makes a memory that the records do not give back", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
        const world = new World();
        world.claim(PEOPLE[0]!, PEOPLE[4]!);
        world.enrol(PEOPLE[0]!, PEOPLE[1]!, "owner");
        world.enrol(PEOPLE[0]!, PEOPLE[2]!, "owner");
        let before = counters(world);
        let revoked = new Set<string>();
        let uses = new Map<number, number>();
        for (const [i, one] of steps.entries()) {
          const epoch = world.access.ownerEpoch;
          play(world, one);
          const { access } = world;
          expect(access.ownership).not.toBe("lost");
          const owners = PEOPLE.filter(({ id }) => access.key(id)?.role === "owner");
          expect(owners.length > 0).toBe(access.ownership === "claimed");
          for (const { asker } of owners) expect(world.verdict(asker, "revoke")).toBe("allowed");
          const now = counters(world);
          for (const [name, value] of before) if (now.has(name)) expect(now.get(name), name).toBeGreaterThanOrEqual(value);
          before = now;
          if (access.ownerEpoch !== epoch) revoked = new Set();
          for (const { id, asker } of PEOPLE) {
            const verdict = world.verdict(asker, "deliverList");
            if (revoked.has(id)) expect(verdict).toBe("revokedKey");
            if (verdict === "revokedKey") revoked.add(id);
          }
          uses = new Map(
            GRANTS.map((_, issuer) => {
              const asker = guestOf(access, issuer);
              const alive = asker !== undefined && world.verdict(asker, "unlock", { use: 50 }) === "allowed";
              const used = alive ? usesOf(world, asker) : (uses.get(issuer) ?? 0);
              if (alive) expect(used).toBeGreaterThanOrEqual(uses.get(issuer) ?? 0);
              return [issuer, used];
            }),
          );
          if (i % 3 !== 2 && i !== steps.length - 1) continue;
          const reloaded = world.boot((changes) => (i % 2 === 0 ? changes : shuffled(changes, `order ${i}`)));
          expect(answers(reloaded, world.nowMs)).toEqual(answers(access, world.nowMs));
        }
        expect(world.faults).toEqual([]);
      }),
      { seed: 20_200_923, numRuns: 80 },
    );
  }, 120_000);
});
