import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CommandFailure } from "../../../scripts/cli/command.ts";
import { readIncident } from "../../../scripts/incident/file.ts";
import { findIncident, listIncidents, type Incident } from "../../../sim/incident/index.ts";
import { testFolder } from "../../hal/support/folder.ts";

function fileOf(content: unknown): string {
  const path = join(testFolder(), "outage.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function failureOf(content: unknown): string {
  try {
    readIncident(fileOf(content));
  } catch (fault) {
    if (fault instanceof CommandFailure) return fault.message;
    throw fault;
  }
  throw new Error("it was taken");
}

const gig = findIncident("gig-2020") as Incident;

describe("an incident in a file", () => {
  it.each(listIncidents().map(({ id }) => id))("can say all that %s of the package says", (id) => {
    const incident = findIncident(id)!;
    expect(readIncident(fileOf(incident))).toEqual(JSON.parse(JSON.stringify(incident)));
  });

  it.each<readonly [what: string, content: unknown, message: RegExp]>([
    ["is no JSON", "{", /outage\.json is not JSON/],
    ["lacks something", { ...gig, cast: undefined }, /cast/],
    ["has a word that is not known", { ...gig, weather: "rain" }, /weather/],
    ["has a step that is not known", { ...gig, steps: [{ atMs: 0, step: { do: "explode" } }] }, /steps\/0/],
    ["names somebody who is not in the cast", { ...gig, expectations: [{ ...gig.expectations[0], who: "nobody" }] }, /\/expectations\/0\/who: nobody is no person of the cast/],
    ["goes on after its end", { ...gig, expectations: [{ ...gig.expectations[0], atMs: gig.durationMs + 1 }] }, /after the end/],
    ["ends as its act cannot end", { ...gig, expectations: [{ ...gig.expectations[0], action: "enter", expect: "drives" }] }, /enter ends with in or out/],
    ["has two people of one name", { ...gig, cast: [...gig.cast, ...gig.cast] }, /same name/],
    ["is larger than any story", JSON.stringify({ ...gig, title: "x".repeat(300_000) }), /larger than/],
  ])("that %s is refused with the place", (_, content, message) => {
    expect(failureOf(content)).toMatch(message);
  });

  it.each<readonly [what: string, change: readonly [from: string, to: string], atFault: string, message: RegExp]>([
    ["a comma too many", ['"cast": [', '"cast": [ ,'], "[ ,", /is not JSON: line (\d+): value expected/],
    ["a comment", ['"cast"', '// who\n  "cast"'], "// who", /is not JSON: line (\d+): invalid comment token/],
    ["a name that comes twice", ['"cast": [', '"title": "again",\n  "cast": ['], '"again"', /is not JSON: line (\d+): the name title comes twice/],
    ["a word that is not known", ['"cast": [', '"weather": "rain",\n  "cast": ['], '"rain"', /line (\d+): \/weather: is not known; remove it, or use one of: /],
    ["somebody who is not in the cast", ['"who": "renter",\n      "action"', '"who": "nobody",\n      "action"'], '"nobody"', /line (\d+): \/expectations\/0\/who: nobody is no person of the cast; correct/],
    ["nesting without end", ['"cast": [', `"cast": [${"[".repeat(5_000)}`], "[[", /is not JSON: line (\d+): nested deeper than 32/],
  ])("with %s is refused with the line and the way out", (_, [from, to], atFault, message) => {
    const text = JSON.stringify(gig, null, 2).replace(from, to);
    const line = text.slice(0, text.indexOf(atFault)).split("\n").length;
    expect(line).toBeGreaterThan(1);
    expect(message.exec(failureOf(text))?.[1]).toBe(String(line));
  });

  it("as docs/incidents.md shows one is taken, and the page names every step there is", () => {
    const page = readFileSync(new URL("../../../docs/incidents.md", import.meta.url), "utf8");
    const example = /```json\n(.*?)```/s.exec(page)![1]!;
    expect(readIncident(fileOf(example)).id).toBe("my-outage");
    const schema = readFileSync(new URL("../../../docs/incident.schema.json", import.meta.url), "utf8");
    const steps = [...schema.matchAll(/"do": \{"const": "(\w+)"\}/g)].map((match) => match[1]!);
    expect(steps).toHaveLength(34);
    for (const step of steps) expect(page).toContain(`\`${step}\``);
  });

  it("that is not there is refused by name", () => {
    expect(() => readIncident(join(testFolder(), "none.json"))).toThrow(/none\.json cannot be read/);
  });
});
