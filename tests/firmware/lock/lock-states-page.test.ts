import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TABLES, type LockContext, type VehicleEffect, type VehicleEvent, type VehicleState, type VehicleTimer } from "../../../firmware/lock/index.ts";
import { cellTable, lockStatesPage, stateDiagram } from "../../../scripts/diagram/page.ts";
import { vehicleSamples } from "../../../scripts/diagram/samples.ts";
import { summarise } from "../../../scripts/diagram/transitions.ts";

const PAGE = join(import.meta.dirname, "../../../docs/lock-states.md");

const vehicleCells = (tables: typeof TABLES): ReturnType<typeof summarise> =>
  summarise<VehicleState, VehicleEvent, VehicleTimer, VehicleEffect, LockContext>(tables.vehicle, vehicleSamples());

describe("docs/lock-states.md", () => {
  test("says what the tables say", () => {
    expect(readFileSync(PAGE, "utf8")).toBe(lockStatesPage());
  });

  test("names every state and every event of every table", () => {
    const page = lockStatesPage();
    for (const table of Object.values(TABLES) as readonly object[]) {
      for (const [state, row] of Object.entries(table)) {
        expect(page).toContain(state);
        for (const event of Object.keys(row as object)) expect(page).toContain(`| ${event} |`);
      }
    }
  });
});

describe("the diagram", () => {
  test("draws an arrow for a transition and none for staying", () => {
    const diagram = stateDiagram(vehicleCells(TABLES));
    expect(diagram).toContain("    locked --> relockArmed: unlockAuthorised\n");
    expect(diagram).not.toContain(" locked --> locked");
  });

  test("changes with the tables", () => {
    const changed = { ...TABLES, vehicle: { ...TABLES.vehicle, locked: { ...TABLES.vehicle.locked, crashed: "ignore" as const } } };
    expect(stateDiagram(vehicleCells(TABLES))).toContain(" locked --> openAfterCrash: crashed");
    expect(stateDiagram(vehicleCells(changed))).not.toContain(" locked --> openAfterCrash");
    expect(cellTable(vehicleCells(changed))).not.toBe(cellTable(vehicleCells(TABLES)));
  });
});
