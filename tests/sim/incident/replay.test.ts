import { describe, expect, it } from "vitest";
import { listIncidents, replayIncident, reportLines, type Incident, type IncidentReport } from "../../../sim/incident/index.ts";
import { bootLatchkey, type BootController } from "../../../sim/world/index.ts";
import { createCrypto } from "../latchkey.ts";

const replay = (incident: Incident, options: { seed?: string; boot?: BootController } = {}): IncidentReport =>
  replayIncident(incident, { bootController: options.boot ?? bootLatchkey, createCrypto, ...(options.seed === undefined ? {} : { seed: options.seed }) });

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

  it("says that a contrast does not hold when the baseline ends otherwise than reported", () => {
    const incident = named("gig-2020");
    const report = replay({ ...incident, baseline: {} });
    expect([report.verdict, report.contrastHolds]).toEqual(["pass", false]);
  });

  it("names what it cannot play yet, and counts it as nothing", () => {
    const report = replay(named("tesla-api-2020"));
    expect(report.pending).toEqual(["card owner: the key card is not in this build yet; reported: got in"]);
    expect(report.results.some(({ expectation }) => expectation.who === "card owner")).toBe(false);
    expect(reportLines(report).some((line) => line.includes("not played: card owner"))).toBe(true);
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
