import { describe, expect, test } from "vitest";
import { composeLock, stepLock, TABLES, type LockStepper, type LockTables, type VehicleState } from "../../../firmware/lock/index.ts";
import { walk, type Model } from "./model-checker.ts";
import { smallCar } from "./models.ts";
import { RULES } from "./model-rules.ts";

type Latch = LockTables["latch"];
type Vehicle = LockTables["vehicle"];
type Drive = LockTables["drive"];

const UNLOCKED: VehicleState = { kind: "unlocked" };

function withLatch<S extends keyof Latch>(state: S, row: Partial<Latch[S]>): LockStepper {
  return composeLock({ ...TABLES, latch: { ...TABLES.latch, [state]: { ...TABLES.latch[state], ...row } } });
}

function withVehicle<S extends keyof Vehicle>(state: S, row: Partial<Vehicle[S]>): LockStepper {
  return composeLock({ ...TABLES, vehicle: { ...TABLES.vehicle, [state]: { ...TABLES.vehicle[state], ...row } } });
}

function withDrive<S extends keyof Drive>(state: S, row: Partial<Drive[S]>): LockStepper {
  return composeLock({ ...TABLES, drive: { ...TABLES.drive, [state]: { ...TABLES.drive[state], ...row } } });
}

const pulse = { kind: "driveLatch", latch: "driverDoor", toward: "locked", pulseMs: 300 } as const;
const engage = { kind: "setImmobiliser", released: false, limited: false } as const;
const release = { kind: "setImmobiliser", released: true, limited: false } as const;

type Mutant = readonly [fault: string, rule: string, step: LockStepper, model?: (step: LockStepper) => Model];

/** A planted fault, the rule that must catch it, and where it shows if not in the small car. */
const MUTANTS: readonly Mutant[] = [
  ["the inside handle of a locked latch is dead", "free egress", withLatch("locked", { handlePulled: "ignore" })],
  ["the inside handle is dead while the latch locks", "free egress", withLatch("locking", { handlePulled: "ignore" })],
  ["the inside handle of a jammed latch is dead", "free egress", withLatch("jammed", { handlePulled: "ignore" })],
  [
    "a key that comes near unlocks",
    "no key, no entry",
    withVehicle("unlocked", { keyCame: () => [UNLOCKED, { kind: "unlockLatches", scope: "cabin" }] }),
  ],
  [
    "an unlock is served in motion",
    "no key, no entry",
    withVehicle("locked", { unlockAuthorised: () => [UNLOCKED, { kind: "unlockLatches", scope: "cabin" }] }),
  ],
  [
    "the crash signal counts while the drive is immobilised",
    "no key, no entry",
    (description, state, event, nowMs) => {
      if (event.kind !== "inputPulsed" || state.drive.kind !== "immobilised") return stepLock(description, state, event, nowMs);
      const answer = stepLock(description, { ...state, drive: { kind: "running", limited: false } }, event, nowMs);
      return { ...answer, state: { ...answer.state, drive: state.drive } };
    },
  ],
  [
    "auto-relock asks nobody",
    "never locks with a door open or a key inside",
    withVehicle("relockArmed", { relockTimedOut: () => [UNLOCKED, { kind: "lockLatches", order: "automatic" }] }),
  ],
  [
    "walk-away lock asks nobody",
    "never locks with a door open or a key inside",
    withVehicle("walkAwayArmed", { walkAwayTimedOut: () => [UNLOCKED, { kind: "lockLatches", order: "automatic" }] }),
  ],
  [
    "a lock order asks nobody",
    "never locks with a door open or a key inside",
    withVehicle("unlocked", { lockOrdered: () => [UNLOCKED, { kind: "lockLatches", order: "asked" }] }),
  ],
  [
    "a further attempt to lock asks nobody",
    "never locks with a door open or a key inside",
    withLatch("locking", { stallReported: (state) => [state, pulse] }),
  ],
  ["a start releases the immobiliser", "only a drive authorisation releases", withDrive("immobilised", { ran: (state) => [state, release] })],
  [
    "the decay looks neither at wheels nor engine",
    "the drive is never withdrawn",
    withDrive("authorised", { decayTimedOut: () => [{ kind: "justImmobilised" }, engage, { kind: "arm", timer: "crashAfterDrive", afterMs: 1 }] }),
  ],
  [
    "an engine that stalls on the road loses the drive",
    "the drive is never withdrawn",
    withDrive("running", { rolled: () => [{ kind: "immobilised" }, engage] }),
  ],
  [
    "attempts are not limited",
    "attempts are bounded",
    withLatch("unlocking", { stallReported: (state) => [{ ...state, attempt: state.attempt + 1 }] }),
  ],
  [
    "a refused order still changes the state",
    "a refusal changes nothing",
    withVehicle("locked", { lockOrdered: () => [UNLOCKED, { kind: "refuse", reason: "nothingToDo" }] }),
  ],
  [
    "an answer leaves its timer running",
    "the running timers follow from the state",
    withLatch("unlocking", { unlockedReported: () => [{ kind: "unlocked" }] }),
  ],
  ["a car whose latch was freed still says locked", "the car says locked exactly", withVehicle("locked", { notAllLocked: "ignore" })],
  [
    "a lost key withdraws the drive",
    "losing keys or links locks nothing",
    (description, state, event, nowMs) => {
      const answer = stepLock(description, state, event, nowMs);
      return event.kind === "keyPresenceChanged" && event.near === 0 ? { ...answer, effects: [...answer.effects, engage] } : answer;
    },
  ],
  [
    "valet mode opens the trunk",
    "valet mode gives no trunk",
    withVehicle("locked", {
      unlockAuthorised: (state, event, context) =>
        event.scope === "trunk" && context.facts.powertrain !== "moving"
          ? [UNLOCKED, { kind: "unlockLatches", scope: "trunk" }]
          : [state, { kind: "refuse", reason: "inMotion" }],
    }),
  ],
  [
    "valet mode gives the whole drive",
    "valet mode gives no trunk and no unlimited drive",
    withDrive("immobilised", {
      driveAuthorised: () => [{ kind: "authorised", limited: false }, release, { kind: "arm", timer: "driveDecay", afterMs: 1 }],
    }),
  ],
  [
    "a forced lock spends the reserve",
    "the reserve pays for unlocking alone",
    withVehicle("unlocked", {
      lockOrdered: (state, event) =>
        event.forced ? [UNLOCKED, { kind: "lockLatches", order: "forced" }] : [state, { kind: "refuse", reason: "lowSupply" }],
    }),
  ],
  [
    "a crash counts after a drive that nobody authorised",
    "only a drive that was authorised lets a crash count",
    withDrive("foundRunning", { rested: () => [{ kind: "justImmobilised" }, engage, { kind: "arm", timer: "crashAfterDrive", afterMs: 1 }] }),
  ],
  ["a crash in a locked car opens nothing", "a crash opens the doors", withVehicle("locked", { crashed: "ignore" })],
  ["a timer fires where the table says never", "never comes in state justImmobilised", withDrive("justImmobilised", { crashWindowTimedOut: "never" })],
  [
    "a crash leaves the car open for ever",
    "no way back to: every latch locked",
    withVehicle("openAfterCrash", { lockOrdered: "ignore" }),
    (step) => {
      const model = smallCar(step);
      const kinds = ["unlockAuthorised", "lockOrdered", "driveAuthorised", "inputPulsed"];
      return {
        description: { ...model.description, latches: [model.description.latches[0]!] },
        step,
        events: model.events.filter(
          (event) => kinds.includes(event.kind) || (event.kind === "latchReported" && event.latch === "driverDoor" && event.report === "unlocked"),
        ),
      };
    },
  ],
];

describe("the model checker finds a planted fault", () => {
  const cases = MUTANTS.map(([fault, rule, step, model = smallCar]) => ({ fault, rule, step, model }));

  test.each(cases)("$fault", ({ rule, step, model }) => {
    const { violation } = walk(model(step));
    expect(violation?.rule).toContain(rule);
    expect(violation?.trail[0]).toMatch(/^start -> /);
  });

  test("every rule has a fault that it catches", () => {
    const unproved = Object.keys(RULES).filter((rule) => !MUTANTS.some(([, caught]) => rule.includes(caught)));
    expect(unproved).toEqual([]);
  });
});
