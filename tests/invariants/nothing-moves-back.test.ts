import { describe, expect, it } from "vitest";
import { toHex } from "../../firmware/base/index.ts";
import { TABLES, type RecordTable } from "../../firmware/records/index.ts";
import type { SimFlash } from "../../sim/flash/index.ts";
import type { WiredCar, WiredKey } from "../../sim/wired/index.ts";
import { enrolled, guestOf, idOf, keyIdOf, setTime, share, signRevocation, START_S, told, verifiedLog } from "../support/people.ts";
import { carOnSimFlash, claim, cutPower, newKey } from "../support/wired-car.ts";
import { choices } from "./choices.ts";
import { GENUINE, overlaid, withParts, type Mutant } from "./mutants.ts";

/** What may only grow, by name. A missing name counts as 0. */
type Heights = ReadonlyMap<string, number>;

/** What the access room remembers of single grants and keys, which no command lists. */
interface OpenAccess {
  readonly state: {
    readonly uses: { readonly records: ReadonlyMap<string, { readonly use: number }> };
    readonly revocations: { readonly keys: ReadonlyMap<string, unknown>; readonly grants: ReadonlyMap<string, unknown> };
  };
}

function heights(car: WiredCar, people: readonly WiredKey[]): Heights {
  const { access, audit } = car.controller.parts;
  const found = new Map<string, number>([
    ["owner epoch", access.ownerEpoch],
    ["time epoch", access.time.epoch],
    // A new epoch may begin anywhere; within one the floor grows.
    ["time floor", access.time.epoch * 1e12 + access.time.floorS],
    ["failed pairings", access.pairingFailures],
    ["lines of the log", audit.lastSequence],
  ]);
  for (const person of people) {
    const id = idOf(person);
    found.set(`epoch of ${id}`, access.issuer(id).epoch);
    found.set(`list version of ${id}`, access.issuer(id).listVersion);
  }
  const { uses, revocations } = (access as unknown as OpenAccess).state;
  for (const [grant, { use }] of uses.records) found.set(`uses of ${grant}`, use);
  for (const grant of revocations.grants.keys()) found.set(`revocation of ${grant}`, 1);
  for (const thumbprint of revocations.keys.keys()) found.set(`revoked key ${thumbprint}`, 1);
  return found;
}

/** What of a grant may be forgotten: a later epoch of its issuer has ended it. */
function isDead(name: string, before: Heights, after: Heights): boolean {
  const grant = /^(?:uses|revocation) of ([0-9a-f]{16})/.exec(name);
  const epoch = grant === null ? "" : `epoch of ${grant[1]}`;
  return (after.get(epoch) ?? 0) > (before.get(epoch) ?? 0);
}

function movedBack(before: Heights, after: Heights): string[] {
  return [...before]
    .filter(([name, height]) => (after.get(name) ?? 0) < height && !isDead(name, before, after))
    .map(([name, height]) => `${name}: ${height} became ${after.get(name) ?? 0}`);
}

/** A random life with power cuts; gives what moved back, across restarts and within a boot. */
function violations(mutant: Mutant, seed: string, cut: (car: WiredCar, unsynced: "lost" | "kept") => void = cutPower): string[] {
  const car = carOnSimFlash(mutant);
  const choose = choices(seed);
  const owner = claim(car);
  const second = enrolled(owner, "bea", "owner");
  const guests = [0, 1].map((n) => guestOf(choose.of([owner, second]), `guest ${n}`, { uses: 1000 }));
  const victims = Array.from({ length: 4 }, (_, n) => enrolled(owner, `driver ${n}`, "driver"));
  let signedAtS = START_S;
  let nowS = START_S;
  const acts: readonly (() => unknown)[] = [
    () => choose.of(guests).askFresh({ kind: choose.of(["unlock", "unlock", "status"] as const) }),
    () => owner.askFresh({ kind: "lock", forced: true }),
    () => setTime(owner, (nowS += choose.below(5_000))),
    () => setTime(second, START_S - choose.below(1_000), choose.below(4) === 0),
    () => car.tell({ kind: "timeReported", source: choose.of(["rtc", "gps"] as const), unixS: nowS + choose.below(100_000) - 50_000 }),
    () => choose.of([owner, second]).askFresh({ kind: "newIssuerEpoch" }),
    () => owner.askFresh({ kind: "deliverList", list: signRevocation(owner, share(owner, newKey(car, `gone ${signedAtS}`)), signedAtS++) }),
    () => victims.length > 0 && owner.askFresh({ kind: "revoke", keyId: keyIdOf(victims.pop()!) }),
    () => car.pass(choose.below(2_000_000)),
    () => car.tell({ kind: "insideHandlePulled", latch: "driverDoor" }),
  ];
  const wrong: string[] = [];
  let highest = heights(car, [owner, second]);
  const look = (when: string): void => {
    const now = heights(car, [owner, second]);
    wrong.push(...movedBack(highest, now).map((what) => `${seed}, ${when}: ${what}`));
    // What was there stays what it was, also where it was seen in between to be gone for a good reason.
    highest = new Map([...highest, ...now].filter(([name]) => !isDead(name, highest, now)));
  };
  for (let step = 0; step < 25; step++) {
    try {
      choose.of(acts)();
    } catch {
      // A request that the cut below leaves unanswered.
    }
    car.pass(400);
    look(`step ${step}`);
    if (choose.below(4) > 0) continue;
    car.flashHangs = choose.below(2) === 0;
    try {
      choose.of([guests[0]!, owner]).askFresh({ kind: "unlock" });
    } catch {
      // The flash hangs, so nothing is answered, and nothing of it was promised.
    }
    cut(car, choose.of(["lost", "kept"] as const));
    look(`after the cut in step ${step}`);
  }
  return wrong;
}

/** A store in which changes of one table reach the memory and never the flash. */
function forgetting(table: RecordTable): Mutant {
  return withParts(({ store }) => ({
    store: overlaid(store, { commit: (changes) => store.commit(changes.filter((change) => change.table !== table)) }),
  }));
}

const SEEDS = ["a", "b", "c", "d", "e", "f"];

/** The tables whose records must not move back, and a seed each in whose life they do when they are not written. */
const FORGOTTEN = ["issuers", "revocations", "grantUses", "time", "audit"] as const;

describe("nothing moves back", () => {
  it("counters, floor, epochs, list versions, uses and revocations only grow, whenever power goes", () => {
    for (const seed of SEEDS) expect(violations(GENUINE, seed)).toEqual([]);
  });

  for (const table of FORGOTTEN) {
    it(`is noticed to be gone where ${table} is not written`, () => {
      expect(SEEDS.flatMap((seed) => violations(forgetting(TABLES[table]), seed)).length).toBeGreaterThan(0);
    });
  }

  it("is noticed to be gone where power loss brings an older flash back", () => {
    const older = (): ((car: WiredCar) => void) => {
      let image: Uint8Array | undefined;
      return (car) => {
        const flash = car.flash as SimFlash;
        image ??= flash.durableImage();
        car.flashHangs = false;
        car.restart(flash.restart(image));
      };
    };
    expect(SEEDS.flatMap((seed) => violations(GENUINE, seed, older())).length).toBeGreaterThan(0);
  });

  it("failed pairings count on through restarts", () => {
    const failures = (mutant: Mutant): number => {
      const car = carOnSimFlash(mutant);
      for (let n = 0; n < 3; n++) {
        car.tell({ kind: "claimRequested" });
        newKey(car, `mallory ${n}`).pair(car.claim!.replace(/s=.*$/, `s=${"A".repeat(22)}`));
        cutPower(car, "lost");
      }
      return car.controller.parts.access.pairingFailures;
    };
    expect(failures(GENUINE)).toBe(3);
    expect(failures(forgetting(TABLES.attempts))).toBe(0);
  });

  it("no advertised identity and no code of a pairing ever comes again, also after restarts", () => {
    const repeats = (randomOfBoot?: (boot: number) => { bytes(length: number): Uint8Array }): boolean => {
      const car = carOnSimFlash();
      if (randomOfBoot !== undefined) Object.assign((car as unknown as { parts: object }).parts, { randomOfBoot });
      if (randomOfBoot !== undefined) car.restart();
      const secrets: string[] = [];
      for (let boot = 0; boot < 4; boot++) {
        car.tell({ kind: "claimRequested" });
        secrets.push(car.claim!);
        car.pass(40 * 60_000);
        car.restart();
      }
      const identities = car.effects("advertise").map(({ identity }) => toHex(identity));
      return new Set(identities).size < identities.length || new Set(secrets).size < secrets.length;
    };
    expect(repeats()).toBe(false);
    const stuck = (): { bytes(length: number): Uint8Array } => choicesPort("stuck");
    expect(repeats(stuck)).toBe(true);
  });

  it("a flash image that is put back is told by every phone that has seen the log further", () => {
    const car = carOnSimFlash();
    const owner = claim(car);
    const driver = enrolled(owner, "ben", "driver");
    for (const key of [owner, driver]) key.askFresh({ kind: "unlock" });
    const image = (car.flash as SimFlash).durableImage();
    for (let n = 0; n < 3; n++) {
      owner.askFresh({ kind: "status" });
      owner.ask({ kind: "lock", forced: true });
      owner.ask({ kind: "unlock" });
      car.pass(500);
    }
    driver.askFresh({ kind: "status" });
    owner.askFresh({ kind: "status" });
    verifiedLog(owner);
    verifiedLog(driver);
    car.restart((car.flash as SimFlash).restart(image));
    expect(told(owner.askFresh({ kind: "status" }))).toBe("done");
    expect(() => verifiedLog(owner)).toThrow(/restored/);
    driver.askFresh({ kind: "status" });
    expect(() => verifiedLog(driver)).toThrow(/restored/);
    // Also when the car has gone on since, so that the number of lines alone tells nothing.
    for (let n = 0; n < 12; n++) owner.ask({ kind: n % 2 === 0 ? "unlock" : "trunk" });
    for (let n = 0; n < 12; n++) {
      car.tell({ kind: "latchReported", latch: "trunk", report: n % 2 === 0 ? "locked" : "unlocked" });
    }
    expect(() => verifiedLog(owner, "start")).toThrow(/rewritten/);
  });
});

function choicesPort(seed: string): { bytes(length: number): Uint8Array } {
  const choose = choices(seed);
  return { bytes: (length) => choose.bytes(length) };
}
