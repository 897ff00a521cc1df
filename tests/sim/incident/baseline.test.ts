import { describe, expect, it } from "vitest";
import { baselineSide, listIncidents, tell } from "../../../sim/incident/index.ts";
import { World } from "../../../sim/world/index.ts";
import { noCrypto } from "../support.ts";

describe("the cloud-dependent baseline, played alone", () => {
  for (const incident of listIncidents()) {
    it(`ends ${incident.id} as the reports say, and the same way each time`, () => {
      const play = () => {
        const world = new World({ seed: incident.id, createCrypto: noCrypto, startUnixS: incident.startUnixS });
        const told = tell(incident, baselineSide(incident, world));
        return { told, hash: world.trace.hash() };
      };
      const { told, hash } = play();
      incident.expectations.forEach(({ who, action, atMs, reported }, index) => {
        if (reported === undefined) return;
        expect({ who, action, atMs, outcome: told.measured[index]!.outcome }).toEqual({ who, action, atMs, outcome: reported });
      });
      expect(play().hash).toBe(hash);
    });
  }

  it("believes the clock it is told, shuts out good guests and lets bad ones in", () => {
    const incident = listIncidents().find(({ id }) => id === "honda-clock-2022")!;
    const world = new World({ seed: "x", createCrypto: noCrypto, startUnixS: incident.startUnixS });
    const { measured } = tell(incident, baselineSide(incident, world));
    expect(measured.map(({ outcome }) => outcome)).toEqual(["in", "out", "drives", "in", "drives"]);
  });
});
