import { createTeslaCodec } from "../../../hal/tesla-codec/index.ts";
import { describe, expect, it } from "vitest";
import { exhibit, harmOf, wrap } from "../../../scripts/incident/museum.ts";
import { findIncident, listIncidents, replayIncident, type Incident } from "../../../sim/incident/index.ts";
import { bootLatchkey, type BootController } from "../../../sim/world/index.ts";
import { createCrypto } from "../../sim/latchkey.ts";

const plain = { paint: (_style: string, text: string) => text };
const show = (incident: Incident, boot: BootController = bootLatchkey): string =>
  exhibit(incident, replayIncident(incident, { controllerIn: () => boot, createCrypto, teslaCodec: createTeslaCodec() }), plain);

describe("the museum", () => {
  it.each(listIncidents().map(({ id }) => id))("shows %s within 80 columns, with date, place, story, verdict and reporters", (id) => {
    const incident = findIncident(id)!;
    const lines = show(incident).split("\n");
    for (const line of lines) if (!line.includes("https:")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(new RegExp(`^${incident.date}  `));
    for (const label of ["where", "happened", "latchkey", "replay", "reported by"]) expect(lines.some((line) => line.startsWith(label)), label).toBe(true);
  });

  it("names who was locked out and who was let in, from what the reports say", () => {
    expect(harmOf(findIncident("tesla-api-2020")!)).toEqual({ lockedOut: ["app-only owner", "owner with the key in the car"], letIn: [] });
    expect(harmOf(findIncident("ncc-relay-2022")!)).toEqual({ lockedOut: [], letIn: ["thief", "second thief"] });
  });

  it("gives the verdict of the controller that was played", () => {
    const incident = findIncident("gig-2020")!;
    expect(show(incident)).toContain("PASS: 2 of 2 hold.");
    const deaf: BootController = (ports) => {
      const { controller } = bootLatchkey(ports);
      return { effects: [], controller: { handle: (event) => controller.handle(event).filter(({ kind }) => kind !== "driveLatch"), durable: () => controller.durable(), status: () => controller.status() } };
    };
    expect(show(incident, (ports) => ({ ...deaf(ports), effects: bootLatchkey(ports).effects }))).toContain("FAIL: 0 of 2 hold.");
  });

  it("breaks lines between words alone", () => {
    expect(wrap("a bb ccc dddd", 5)).toEqual(["a bb", "ccc", "dddd"]);
    expect(wrap("abcdefgh i", 5)).toEqual(["abcdefgh", "i"]);
  });
});
