import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeUpdates, nextUpdateState, STATE_NUMBERS, UPDATE_TABLE, type UpdateState } from "../../../firmware/update/index.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../../docs/update.md"), "utf8");

describe("the states of an update", () => {
  it("are drawn in docs/update.md as the table has them", () => {
    expect(PAGE).toContain(`\`\`\`mermaid\n${describeUpdates()}\n\`\`\``);
  });

  it("are confirmed from a release that ran, and from nothing else", () => {
    const states = Object.keys(UPDATE_TABLE) as UpdateState[];
    expect(states.filter((state) => nextUpdateState(state, "proved") !== undefined)).toEqual(["staged", "trial"]);
    expect(states.filter((state) => nextUpdateState(state, "complete") !== undefined)).toEqual(["downloading"]);
    expect(states.filter((state) => nextUpdateState(state, "consent") !== undefined)).toEqual(["offered"]);
  });

  it("lead on from every one of them: none is a trap", () => {
    for (const row of Object.values(UPDATE_TABLE)) expect(Object.values(row).length).toBeGreaterThan(0);
  });

  it("have numbers of their own on flash", () => {
    expect(new Set(Object.values(STATE_NUMBERS)).size).toBe(Object.keys(UPDATE_TABLE).length);
  });
});
