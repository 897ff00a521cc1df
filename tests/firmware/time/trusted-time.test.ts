import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TABLES, type RecordChange } from "../../../firmware/records/index.ts";
import { AGREEMENT_S, FLOOR_STEP_S, SINGLE_SOURCE_LEAP_S_MAX, TrustedTime, UNIX_S_MAX } from "../../../firmware/time/index.ts";

const JUNE_S = 1_780_272_000;
const DAY_S = 86_400;

class Clock {
  nowMs = 0;
  time = new TrustedTime(0);
  record: RecordChange | undefined;

  persist(): void {
    for (const change of this.time.planProgress(this.nowMs)) this.commit(change);
  }
  commit(change: RecordChange): void {
    this.record = change;
    expect(this.time.apply(change)).toBeUndefined();
  }
  restart(): void {
    this.nowMs = 0;
    this.time = new TrustedTime(0);
    if (this.record !== undefined) this.time.apply(this.record);
  }
  report(source: "rtc" | "gps", unixS: number): string {
    const told = this.time.report(source, unixS, this.nowMs);
    return told.ok ? told.value : told.error;
  }
  owner(unixS: number, newEpoch = false): string {
    const plan = this.time.planOwnerTime(unixS, newEpoch, this.nowMs);
    if (!plan.ok) return plan.error;
    for (const change of plan.value.changes) this.commit(change);
    this.time.adopt(plan.value.time);
    return "set";
  }
  now(): number | undefined {
    return this.time.nowS(this.nowMs);
  }
  /** A car that knew June, persisted, and was restarted. */
  static known(): Clock {
    const clock = new Clock();
    clock.report("gps", JUNE_S);
    clock.persist();
    clock.restart();
    return clock;
  }
}

describe("trusted time", () => {
  it("is untrusted until a source speaks, then runs on with monotonic time", () => {
    const clock = new Clock();
    expect([clock.time.trust, clock.now()]).toEqual(["untrusted", undefined]);
    expect(clock.report("rtc", JUNE_S)).toBe("single");
    clock.nowMs += 90_500;
    expect(clock.now()).toBe(JUNE_S + 90);
  });

  it("is untrusted after a restart, with the floor known", () => {
    const clock = Clock.known();
    expect([clock.time.trust, clock.now(), clock.time.floorS]).toEqual(["untrusted", undefined, JUNE_S]);
  });

  it("refuses a clock that fell back 7,168 days, and goes on with the time it has", () => {
    const clock = Clock.known();
    expect(clock.report("rtc", JUNE_S + 100)).toBe("single");
    expect(clock.report("gps", JUNE_S + 100 - 7_168 * DAY_S)).toBe("timeMovesBack");
    expect([clock.now(), clock.time.trust]).toEqual([JUNE_S + 100, "single"]);
  });

  it("refuses what lies one second below the floor and takes the floor itself", () => {
    expect(Clock.known().report("gps", JUNE_S - 1)).toBe("timeMovesBack");
    expect(Clock.known().report("gps", JUNE_S)).toBe("single");
  });

  it("lets one source go 90 days ahead and not a second more", () => {
    expect(Clock.known().report("gps", JUNE_S + SINGLE_SOURCE_LEAP_S_MAX)).toBe("single");
    const clock = Clock.known();
    expect(clock.report("gps", JUNE_S + SINGLE_SOURCE_LEAP_S_MAX + 1)).toBe("leapTooFar");
    expect(clock.now()).toBeUndefined();
  });

  it("does not let one source climb 90 days at a time, not in one boot and not over many", () => {
    const clock = Clock.known();
    for (let i = 0; i < 20; i++) {
      clock.report("gps", clock.time.floorS + SINGLE_SOURCE_LEAP_S_MAX);
      clock.report("gps", clock.time.floorS + SINGLE_SOURCE_LEAP_S_MAX / 2);
      clock.persist();
      if (i % 3 === 0) clock.restart();
    }
    expect(clock.time.floorS).toBeLessThanOrEqual(JUNE_S + SINGLE_SOURCE_LEAP_S_MAX);
  });

  it("does not run into that limit by merely being on: time the car has seen pass is its own evidence", () => {
    const clock = Clock.known();
    clock.report("rtc", JUNE_S);
    for (let day = 0; day < 400; day++) {
      clock.nowMs += DAY_S * 1000;
      expect(clock.report("rtc", JUNE_S + (day + 1) * DAY_S)).toBe("single");
      clock.persist();
    }
    expect(clock.now()).toBe(JUNE_S + 400 * DAY_S);
  });

  it("counts the time it has seen pass once, however often it was stored", () => {
    const clock = Clock.known();
    clock.report("rtc", JUNE_S);
    for (let day = 0; day < 30; day++) {
      clock.nowMs += DAY_S * 1000;
      clock.persist();
    }
    const limitS = JUNE_S + 30 * DAY_S + SINGLE_SOURCE_LEAP_S_MAX;
    expect(clock.report("rtc", limitS + 1)).toBe("leapTooFar");
    expect(clock.report("rtc", limitS)).toBe("single");
  });

  it("tells no time below the floor between the commit of an owner's time and its adoption", () => {
    const clock = Clock.known();
    clock.report("rtc", JUNE_S + 100);
    const plan = clock.time.planOwnerTime(JUNE_S + DAY_S, false, clock.nowMs);
    if (plan.ok) plan.value.changes.forEach((change) => clock.commit(change));
    expect(clock.now()).toBe(JUNE_S + DAY_S);
  });

  it("goes further with two sources that agree, and may then leap again", () => {
    const clock = Clock.known();
    const yearS = JUNE_S + 365 * DAY_S;
    expect(clock.report("rtc", yearS)).toBe("leapTooFar");
    expect(clock.report("gps", yearS + AGREEMENT_S)).toBe("agreed");
    clock.persist();
    clock.restart();
    expect(clock.report("gps", yearS + SINGLE_SOURCE_LEAP_S_MAX)).toBe("single");
  });

  it("is not trusted while two lone sources disagree, and is again once they agree", () => {
    const clock = Clock.known();
    clock.report("rtc", JUNE_S + 100);
    expect(clock.report("gps", JUNE_S + 100 + AGREEMENT_S + 1)).toBe("sourcesDisagree");
    expect(clock.now()).toBeUndefined();
    expect(clock.report("rtc", JUNE_S + 100 + AGREEMENT_S)).toBe("agreed");
  });

  it("keeps an agreed time, and an owner's, against a source that jumps away", () => {
    const clock = Clock.known();
    clock.report("rtc", JUNE_S + 100);
    clock.report("gps", JUNE_S + 100);
    expect(clock.report("gps", JUNE_S + 30 * DAY_S)).toBe("contradictsTrustedTime");
    expect([clock.now(), clock.time.trust]).toEqual([JUNE_S + 100, "agreed"]);
    expect(clock.owner(JUNE_S + 200)).toBe("set");
    expect(clock.report("gps", JUNE_S + 30 * DAY_S)).toBe("contradictsTrustedTime");
    expect(clock.report("rtc", JUNE_S + 30 * DAY_S)).toBe("contradictsTrustedTime");
    expect(clock.report("rtc", JUNE_S + 201)).toBe("owner");
    expect(clock.now()).toBe(JUNE_S + 200);
  });

  it("lets an owner go any way ahead, back only by a new time epoch, and counts the epochs up", () => {
    const clock = Clock.known();
    expect(clock.owner(JUNE_S + 3650 * DAY_S)).toBe("set");
    expect(clock.owner(JUNE_S)).toBe("timeMovesBack");
    expect(clock.owner(JUNE_S, true)).toBe("set");
    expect([clock.time.epoch, clock.time.floorS, clock.now(), clock.time.trust]).toEqual([1, JUNE_S, JUNE_S, "owner"]);
    clock.restart();
    expect([clock.time.epoch, clock.time.floorS]).toEqual([1, JUNE_S]);
    expect(clock.report("gps", JUNE_S + SINGLE_SOURCE_LEAP_S_MAX + 1)).toBe("leapTooFar");
  });

  it.each([-1, 1.5, Number.NaN, Infinity, UNIX_S_MAX + 1])("takes %s from nobody", (unixS) => {
    const clock = new Clock();
    expect([clock.report("gps", unixS), clock.owner(unixS, true)]).toEqual(["notATime", "malformed"]);
  });

  it("puts the floor on flash every ten minutes, at the moment it names", () => {
    const clock = new Clock();
    expect(clock.time.nextProgressMs(0)).toBeUndefined();
    clock.report("gps", JUNE_S);
    expect(clock.time.nextProgressMs(0)).toBe(0);
    clock.persist();
    expect(clock.time.nextProgressMs(0)).toBe(FLOOR_STEP_S * 1000);
    clock.nowMs = FLOOR_STEP_S * 1000 - 1;
    expect(clock.time.planProgress(clock.nowMs)).toEqual([]);
    clock.nowMs += 1;
    expect(clock.time.planProgress(clock.nowMs)).toHaveLength(1);
  });

  it("trusts no clock when the floor cannot be read, until an owner opens a new epoch", () => {
    const clock = new Clock();
    const change = { table: TABLES.time, key: Uint8Array.of(1), value: Uint8Array.of(0xff) };
    expect(clock.time.apply(change)).toMatchObject({ what: "the time floor" });
    expect(clock.report("gps", JUNE_S)).toBe("floorLost");
    expect(clock.owner(JUNE_S)).toBe("timeMovesBack");
    expect(clock.owner(JUNE_S, true)).toBe("set");
    expect(clock.now()).toBe(JUNE_S);
  });

  it("never moves the floor back within an epoch nor the epoch at all, whatever is reported, set, or cut off", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom("rtc" as const, "gps" as const), days: fc.integer({ min: -8000, max: 400 }) }),
      fc.record({ kind: fc.constantFrom("owner" as const, "newEpoch" as const), days: fc.integer({ min: -100, max: 400 }) }),
      fc.record({ kind: fc.constantFrom("pass" as const, "restart" as const, "persist" as const), days: fc.integer({ min: 0, max: 40 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const clock = Clock.known();
        let [epoch, floorS, toldS] = [0, JUNE_S, 0];
        for (const { kind, days } of steps) {
          if (kind === "rtc" || kind === "gps") clock.report(kind, clock.time.floorS + days * DAY_S);
          else if (kind === "owner" || kind === "newEpoch") clock.owner(clock.time.floorS + days * DAY_S, kind === "newEpoch");
          else if (kind === "pass") clock.nowMs += days * DAY_S * 1000;
          else if (kind === "restart") clock.restart();
          else clock.persist();
          expect(clock.time.epoch).toBeGreaterThanOrEqual(epoch);
          if (clock.time.epoch === epoch) expect(clock.time.floorS).toBeGreaterThanOrEqual(floorS);
          toldS = clock.now() ?? clock.time.floorS;
          expect(toldS).toBeGreaterThanOrEqual(clock.time.floorS);
          [epoch, floorS] = [clock.time.epoch, clock.time.floorS];
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
