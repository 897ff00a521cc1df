import { createTeslaCodec } from "../../../hal/tesla-codec/index.ts";
import { describe, expect, it } from "vitest";
import type { ControllerEvent } from "../../../firmware/controller/index.ts";
import { RESET_LADDER, type ResetStep } from "../../../firmware/health/index.ts";
import type { FlashPort } from "../../../firmware/ports/index.ts";
import { mountRecords, TABLES } from "../../../firmware/records/index.ts";
import { listIncidents, ReplayBroke, replayIncident, reportLines, type Incident, type IncidentReport, type ReplayPorts } from "../../../sim/incident/index.ts";
import { bootLatchkey, type BootController, type World } from "../../../sim/world/index.ts";
import { createCrypto } from "../latchkey.ts";

const replay = (incident: Incident, options: { seed?: string; boot?: BootController; selfTest?: ReplayPorts["selfTest"]; controllerIn?: (world: World) => BootController } = {}): IncidentReport =>
  replayIncident(incident, { controllerIn: options.controllerIn ?? (() => options.boot ?? bootLatchkey), createCrypto, teslaCodec: createTeslaCodec(), ...(options.seed === undefined ? {} : { seed: options.seed }), ...(options.selfTest && { selfTest: options.selfTest }) });

const named = (id: string): Incident => listIncidents().find((incident) => incident.id === id)!;

/** Latchkey's controller with one thing taken away from what it does. */
const without = (kinds: readonly string[]): BootController => (ports) => {
  const { controller, effects } = bootLatchkey(ports);
  return {
    effects,
    controller: {
      handle: (event) => controller.handle(event).filter(({ kind }) => !kinds.includes(kind)),
      durable: () => controller.durable(),
      status: () => controller.status(),
    },
  };
};

/** How often a controller that depends on its maker looks whether it is there. */
const LOOK_EVERY_MS = 5_000;

/** Latchkey's controller, deaf to every radio while the maker's servers do not answer. */
const dependingOnTheCloud = (world: World): BootController => (ports) => {
  const { controller, effects } = bootLatchkey(ports);
  const uplink = world.cloud.addUplink();
  let answers = true;
  const look = (): void =>
    uplink.request({ kind: "renewLease", car: "any" }, ({ status }) => {
      answers = status === 200;
      world.clock.after(LOOK_EVERY_MS, "look for the servers", look);
    });
  look();
  return {
    effects,
    controller: {
      status: () => controller.status(),
      durable: () => controller.durable(),
      handle: (event) => (event.kind === "frameReceived" && !answers ? [] : controller.handle(event)),
    },
  };
};

/** The preparation of a world takes some minutes at most, the first fault of polestar-tcam comes ten after it. */
const BEFORE_FIRST_FAULT_MS = 9 * 60_000;

/** What failed, in a replay with such a controller. */
const failures = (report: IncidentReport): readonly string[] =>
  report.results.filter(({ pass }) => !pass).map(({ expectation, latchkey }) => `${expectation.who}, ${expectation.action}: ${latchkey.outcome}`);

/** Latchkey's controller, told something else than its sensors say; `undefined`: told nothing. */
const deceived = (deceive: (event: ControllerEvent) => ControllerEvent | undefined): BootController => (ports) => {
  const { controller, effects } = bootLatchkey(ports);
  return {
    effects,
    controller: {
      status: () => controller.status(),
      durable: () => controller.durable(),
      handle: (event) => {
        const told = deceive(event);
        return told === undefined ? [] : controller.handle(told);
      },
    },
  };
};

/** Latchkey's controller, whose flash somebody changes before the car's third start: the first on another controller, in fisker-2024. */
const onThirdBoot = (change: (flash: FlashPort) => void): BootController => {
  let boots = 0;
  return (ports) => {
    boots += 1;
    if (boots === 3) change(ports.flash);
    return bootLatchkey(ports);
  };
};

const eraseAll = (flash: FlashPort): void => {
  for (let sector = 0; sector < flash.geometry.sectorCount; sector++) flash.erase(sector);
};

const forgetRevocations = (flash: FlashPort): void => {
  const mounted = mountRecords(flash);
  if (!mounted.ok) throw new Error(mounted.error.detail);
  const { store } = mounted.value;
  const lists = [...store.entries(TABLES.revocations)];
  expect(lists.length).toBeGreaterThan(0);
  expect(store.commit(lists.map(([key]) => ({ table: TABLES.revocations, key, value: undefined })))).toEqual({ ok: true });
};

describe("replaying incidents", () => {
  for (const incident of listIncidents()) {
    it(`${incident.id}: Latchkey does what it has to, the baseline what was reported, whatever the seed`, () => {
      for (const seed of ["1", "2", "3"]) {
        const report = replay(incident, { seed });
        const wrong = report.results.filter(({ pass, baselineAsReported }) => !pass || baselineAsReported === false);
        expect(wrong, reportLines(report).join("\n")).toEqual([]);
        expect([report.verdict, report.contrastHolds]).toEqual(["pass", true]);
      }
    });
  }

  it("gives the same report for the same seed, to the last byte, and another trace for another seed", () => {
    const incident = named("tesla-api-2020");
    expect(replay(incident, { seed: "7" })).toEqual(replay(incident, { seed: "7" }));
    expect(replay(incident, { seed: "7" }).traceHash.latchkey).not.toBe(replay(incident, { seed: "8" }).traceHash.latchkey);
  });

  it("tells what the app of a Tesla client was told", () => {
    const owner = replay(named("tesla-api-2020")).results.find(({ expectation }) => expectation.who === "Tesla-app owner")!;
    expect(owner.latchkey).toMatchObject({ outcome: "in", said: "by a Tesla app: done" });
  });

  it("fails a controller that moves no latch, whatever it says", () => {
    const report = replay(named("tesla-api-2020"), { boot: without(["driveLatch"]) });
    expect(report.verdict).toBe("fail");
    const owner = report.results.find(({ expectation }) => expectation.who === "phone-key owner")!;
    expect(owner.latchkey).toMatchObject({ outcome: "out" });
    expect(reportLines(report).some((line) => line.startsWith("FAIL phone-key owner"))).toBe(true);
  });

  it("fails a controller that releases no immobiliser, and one that does not warn", () => {
    expect(replay(named("porsche-vts-2025"), { boot: without(["setImmobiliser"]) }).verdict).toBe("fail");
    expect(replay(named("12v-2024"), { boot: without(["note"]) }).verdict).toBe("fail");
  });

  it("fails a controller that depends on the cloud: for everybody who needs it during the outage, and for nobody before and after", () => {
    const controllerIn = dependingOnTheCloud;
    expect(failures(replay(named("tesla-api-2020"), { controllerIn }))).toEqual(["app-only owner, enter: out", "phone-key owner, enter: out", "Tesla-app owner, enter: out"]);
    expect(failures(replay(named("tesla-logout-2019"), { controllerIn }))).toEqual(["owner signed out, drive: stands", "owner still signed in, drive: stands"]);
    expect(failures(replay(named("porsche-vts-2025"), { controllerIn }))).toEqual(["early owner, drive: stands", "owner, drive: stands"]);
  });

  it("fails a controller that locks around its key, and one that never locks by itself", () => {
    const keyless = deceived((event) => (event.kind === "deviceLocated" && event.zone === "cabin" ? { kind: "linkClosed", link: event.link } : event));
    expect(failures(replay(named("tesla-api-2020"), { boot: keyless }))).toEqual(["owner with the key in the car, enter: out"]);
    expect(failures(replay(named("tesla-api-2020"), { boot: without(["wakeAt"]) }))).toContain("car 1, locks: unlocked");
  });

  it("fails a controller that trusts a failing battery, and one that takes no notice of a child", () => {
    const sound = (event: ControllerEvent) => (event.kind === "supplyMeasured" ? { ...event, millivolts: 12_600 } : event);
    const wrong = ["car, warning: silent", "second car, locks: locked"];
    expect(failures(replay(named("12v-2024"), { boot: deceived(sound) }))).toEqual(wrong);
    const blind = deceived((event) => (event.kind === "occupancyChanged" ? undefined : sound(event)));
    expect(failures(replay(named("12v-2024"), { boot: blind }))).toEqual([...wrong, "grandmother, enter: out"]);
  });

  it("fails a controller that does not look how late a card answers, and one that opens for no card", () => {
    const patient = deceived((event) => (event.kind === "cardAnswered" ? { ...event, elapsedMs: 180 } : event));
    expect(failures(replay(named("ioactive-nfc-2022"), { boot: patient }))).toEqual(["thief, enter: in"]);
    expect(failures(replay(named("ioactive-nfc-2022"), { boot: without(["driveLatch"]) }))).toEqual(["second car, locks: locked"]);
  });

  it("fails a controller that takes a strong signal for a measurement, and one that advertises the same for ever", () => {
    const measured = deceived((event) => (event.kind === "rangeMeasured" && event.measurement.kind === "rssi" ? { ...event, measurement: { ...event.measurement, kind: "uwb", metres: 1 } } : event));
    expect(failures(replay(named("ncc-relay-2022"), { boot: measured }))).toContain("thief, enter: in");
    const constant: BootController = (ports) => {
      const { controller, effects } = bootLatchkey(ports);
      const handle = (event: ControllerEvent) => controller.handle(event).filter(({ kind }) => kind !== "advertise");
      return { effects, controller: { handle, durable: () => controller.durable(), status: () => controller.status() } };
    };
    expect(failures(replay(named("key-list-2025"), { boot: constant }))).toEqual(expect.arrayContaining(["parked car, tracking: tracked"]));
  });

  it("fails a controller whose radio nobody watches, and one whose watch goes no further than a reset", () => {
    const unwatched: BootController = (ports) => {
      const { controller, effects } = bootLatchkey(ports);
      return { controller, effects };
    };
    expect(failures(replay(named("ble-hang-2026"), { boot: unwatched }))).toEqual(["owner, enter: out", "second owner, enter: out"]);
    const upTo = (last: ResetStep): BootController => (ports) => {
      const booted = bootLatchkey(ports);
      return { ...booted, watchRadio: (watch) => booted.watchRadio!({ ...watch, take: (step) => {
        if (RESET_LADDER.indexOf(step) <= RESET_LADDER.indexOf(last)) watch.take(step);
      } }) };
    };
    expect(failures(replay(named("ble-hang-2026"), { boot: upTo("resetAdapter") }))).toEqual(["second owner, enter: out"]);
    expect(failures(replay(named("ble-hang-2026"), { boot: upTo("restartAdvertising") }))).toEqual(["owner, enter: out", "second owner, enter: out"]);
  });

  it("fails a car that takes updates for other models, and one whose boot loader tries what opens nothing", () => {
    const selfTest = (): boolean => true;
    const anyModel: BootController = (ports) => bootLatchkey({ ...ports, ...(ports.update && { update: { ...ports.update, model: "story car of last year" } }) });
    expect(failures(replay(named("lockstate-2017"), { boot: anyModel, selfTest }))).toEqual(["owner, enter: out"]);
    expect(failures(replay(named("lockstate-2017"), { selfTest }))).toEqual(["second owner, enter: out"]);
  });

  it("brings the updates of lockstate-2017 to their ends: good ones run, the others leave what ran", () => {
    const worlds: World[] = [];
    const report = replay(named("lockstate-2017"), { controllerIn: (world) => (worlds.push(world), bootLatchkey) });
    const { cars } = worlds[0]!;
    const slots = ["car", "second car", "third car", "fourth car"].map((car) => cars.get(car)!.slots!.record);
    expect(slots.map(({ active, trial, rolledBack }) => [active, trial, rolledBack !== undefined])).toEqual([
      ["a", undefined, false],
      ["a", undefined, true],
      ["b", undefined, false],
      ["b", undefined, false],
    ]);
    const said = report.events.filter(({ of }) => of === "latchkey").map(({ text }) => text);
    expect(said).toContain("car: offerUpdate console refused wrongModel");
    expect(said.some((line) => /^second car: update car failed .*: rolled back/.test(line))).toBe(true);
    expect(said.filter((line) => line.startsWith("third car: update car"))).toHaveLength(1);
  });

  it("has the power fail in the middle of an update that nobody consents to, too, and the next one is taken", () => {
    const worlds: World[] = [];
    const incident = named("lockstate-2017");
    const steps = incident.steps.filter(({ atMs, step }) => step.do !== "walk" || step.who !== "third owner" || atMs > 1_800_000);
    const report = replay({ ...incident, steps }, { controllerIn: (world) => (worlds.push(world), bootLatchkey) });
    expect(failures(report)).toEqual([]);
    expect(report.events.some(({ of, text }) => of === "latchkey" && text === "third car: updatePiece console refused consentNeeded")).toBe(true);
    expect(worlds[0]!.cars.get("third car")!.slots!.record.active).toBe("b");
  });

  it("and undoes a good one whose trial a power cut ends: its owner gets in all the same", () => {
    const worlds: World[] = [];
    const incident = named("lockstate-2017");
    const cut = { atMs: 930_000, step: { do: "restart", car: "fourth car" } } as const;
    const report = replay({ ...incident, steps: [...incident.steps, cut] }, { controllerIn: (world) => (worlds.push(world), bootLatchkey) });
    expect(failures(report)).toEqual([]);
    const { active, rolledBack } = worlds[0]!.cars.get("fourth car")!.slots!.record;
    expect([active, rolledBack !== undefined]).toEqual(["a", true]);
  });

  it("fails a new controller that starts without the copy, and one on which the copy's revocations are missing", () => {
    expect(failures(replay(named("fisker-2024"), { boot: onThirdBoot(eraseAll) }))).toEqual(["buyer, enter: out", "driver, drive: stands"]);
    // Whoever sits in the car keeps it open for the next.
    expect(failures(replay(named("fisker-2024"), { boot: onThirdBoot(forgetRevocations) }))).toEqual(["dismissed driver, enter: in", "driver dismissed later, enter: in"]);
  });

  it("fails, for polestar-tcam, a controller that lacks a path: wherever that path is the one alive, and nowhere else", () => {
    const polestar = named("polestar-tcam");
    const lacking = (kinds: (event: ControllerEvent) => boolean) =>
      failures(replay(polestar, { controllerIn: (world) => deceived((event) => (world.clock.monotonicMs() > BEFORE_FIRST_FAULT_MS && kinds(event) ? undefined : event)) }));
    expect(lacking(({ kind }) => kind === "cardEntered")).toEqual(["card holder, enter: out", "second owner, enter: out", "card holder, enter: out", "card holder, enter: out"]);
    expect(lacking(({ kind }) => kind === "frameReceived")).toEqual(["second owner, enter: out", "owner, enter: out", "friend, enter: out", "owner, enter: out", "owner, enter: out"]);
    expect(lacking((event) => event.kind === "linkOpened" && event.proximity === "remote")).toEqual(["owner, enter: out"]);
    expect(lacking(({ kind }) => kind === "insideHandlePulled")).toEqual(new Array(7).fill("passenger, leave: trapped"));
  });

  it("polestar-tcam shuts out who has a dead path alone, and only by that: without the fault they are in", () => {
    const polestar = named("polestar-tcam");
    const spared = (fault: string) => failures(replay({ ...polestar, steps: polestar.steps.filter(({ step }) => step.do !== fault) }));
    expect(spared("cardReaders")).toEqual(["card holder, enter: in", "card holder, enter: in", "card holder, enter: in", "card holder, enter: in"]);
    expect(spared("carRadio")).toEqual(["friend, enter: in", "owner, enter: in", "owner, enter: in"]);
    expect(spared("coverage")).toEqual(["owner, enter: in", "owner, enter: in"]);
  });

  it("names seed and command where a replay breaks off", () => {
    const boot: BootController = (ports) => {
      const { controller, effects } = bootLatchkey(ports);
      const broken = { status: () => controller.status(), durable: () => controller.durable(), handle: (): never => expect.fail("out of order") };
      return { effects, controller: broken };
    };
    const play = () => replay(named("gig-2020"), { seed: "4", boot });
    expect(play).toThrow(ReplayBroke);
    expect(play).toThrow(/^the replay broke off: out of order; scenario gig-2020, seed gig-2020\/4, trace [0-9a-f]{16}; replay: latchkey incident replay gig-2020 --seed 4$/);
  });

  it("says that a contrast does not hold when the baseline ends otherwise than reported", () => {
    const incident = named("gig-2020");
    const report = replay({ ...incident, baseline: {} });
    expect([report.verdict, report.contrastHolds]).toEqual(["pass", false]);
    expect(reportLines(report)).toContain("verdict PASS; the contrast is NOT as reported");
    expect(reportLines(replay(incident))).toContain("verdict PASS; the contrast is as reported");
    expect(reportLines(replay(named("honda-clock-2022")))).toContain("verdict PASS; the reports give no contrast");
  });

  it("names what it cannot play yet, and counts it as nothing", () => {
    const incident = named("gig-2020");
    const means = [{ kind: "pending", what: "a fob" }] as const;
    const report = replay({ ...incident, cast: [...incident.cast, { who: "fob owner", car: "other car", baseline: means, latchkey: means }] });
    expect(report.pending).toEqual(["fob owner: a fob"]);
    expect(report.results).toHaveLength(incident.expectations.length);
    expect(reportLines(report).some((line) => line.includes("not played: fob owner"))).toBe(true);
  });

  it("tells the whole story as plain data with seed, hashes and the command that repeats it", () => {
    const report = replay(named("honda-clock-2022"), { seed: "5" });
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ seed: "5", verdict: "pass" });
    const last = reportLines(report).at(-1)!;
    expect(last).toBe(`seed 5, trace ${report.traceHash.latchkey}, baseline ${report.traceHash.baseline}; replay: latchkey incident replay honda-clock-2022 --seed 5`);
    expect(report.timeline.some((line) => line.includes("GPS tells car 1 the Unix time"))).toBe(true);
  });

  it("an expectation that the story ended before is not passed", () => {
    const incident = named("gig-2020");
    const report = replay({ ...incident, durationMs: 60_000 });
    expect(report.results.map(({ latchkey }) => latchkey.outcome)).toEqual(["not played", "not played"]);
    expect(report.verdict).toBe("fail");
  });
});
