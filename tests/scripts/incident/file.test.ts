import { writeFileSync } from "node:fs";
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

  it("that is not there is refused by name", () => {
    expect(() => readIncident(join(testFolder(), "none.json"))).toThrow(/none\.json cannot be read/);
  });
});
