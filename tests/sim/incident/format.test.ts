import { describe, expect, it } from "vitest";
import { findIncident, listIncidents } from "../../../sim/incident/index.ts";

describe("the incidents", () => {
  it("are those of the public record that this build can play, found by their ids", () => {
    expect(listIncidents().map(({ id }) => id)).toEqual([
      "tesla-api-2020", "tesla-logout-2019", "tesla-500-2021", "aws-east-2025", "nest-2018", "zipcar-2024",
      "gig-2020", "porsche-vts-2025", "garage-v-c", "tesla-fleet-2023",
      "lockstate-2017", "nest-preview", "insteon-2022", "fisker-2024", "yale-2024",
      "12v-2024", "honda-clock-2022", "ble-hang-2026", "polestar-tcam", "desync",
      "ncc-relay-2022", "ioactive-nfc-2022", "herfurt-130s-2022", "mysk-2024", "rolling-pwn-2022", "key-list-2025", "permanent-code-2026", "revoke-lag", "guest-mode-2024",
    ]);
    expect(findIncident("gig-2020")?.date).toBe("2020-02-16");
    expect(findIncident("nobody-1999")).toBeUndefined();
  });

  for (const incident of listIncidents()) {
    describe(incident.id, () => {
      it("is plain data that survives JSON", () => {
        expect(JSON.parse(JSON.stringify(incident))).toEqual(incident);
      });

      it("begins on its date, names sources and facts, and ends after everything in it", () => {
        const startMs = Date.parse(incident.date);
        expect(Math.abs(incident.startUnixS * 1000 - startMs)).toBeLessThan(36 * 3_600_000);
        expect(incident.sources.length).toBeGreaterThan(0);
        expect(incident.facts.some((fact) => fact.startsWith("Reported:"))).toBe(true);
        for (const { atMs } of [...incident.steps, ...incident.expectations]) expect(atMs).toBeLessThan(incident.durationMs - 60_000);
      });

      it("names nobody and no car that is not in its cast", () => {
        const people = new Set(incident.cast.map(({ who }) => who));
        const cars = new Set(incident.cast.map(({ car }) => car));
        for (const { who, action } of incident.expectations) {
          expect((action === "locks" || action === "warning" || action === "tracking" ? cars : people).has(who)).toBe(true);
        }
        for (const { step } of incident.steps) {
          if ("car" in step) expect(cars.has(step.car)).toBe(true);
          if (step.do === "coverage") expect(cars.has(step.of) || people.has(step.of)).toBe(true);
          if ("who" in step) for (const who of [step.who ?? []].flat()) expect(people.has(who)).toBe(true);
        }
      });

      it("expects the controllers to differ somewhere, or says that the reports do not", () => {
        const differs = incident.expectations.some(({ expect: ours, reported }) => reported !== undefined && reported !== ours);
        expect(differs || incident.facts.some((fact) => fact.startsWith("Not reported:"))).toBe(true);
      });
    });
  }
});
