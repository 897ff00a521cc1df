import { TABLES, type DriveEffect, type DriveEvent, type DriveState, type DriveTimer, type LatchContext, type LatchEffect } from "../../firmware/lock/index.ts";
import type { LatchEvent, LatchState, LatchTimer, LockContext, VehicleEffect, VehicleEvent, VehicleState, VehicleTimer } from "../../firmware/lock/index.ts";
import { RULES_IN_WORDS } from "./rules.ts";
import { driveSamples, latchSamples, vehicleSamples } from "./samples.ts";
import { summarise, type CellSummary } from "./transitions.ts";

/** The whole text of docs/lock-states.md. */
export function lockStatesPage(): string {
  const latch = summarise<LatchState, LatchEvent, LatchTimer, LatchEffect, LatchContext>(TABLES.latch, latchSamples());
  const vehicle = summarise<VehicleState, VehicleEvent, VehicleTimer, VehicleEffect, LockContext>(TABLES.vehicle, vehicleSamples());
  const drive = summarise<DriveState, DriveEvent, DriveTimer, DriveEffect, LockContext>(TABLES.drive, driveSamples());
  return [
    RULES_IN_WORDS,
    section("Vehicle", "The car as a whole; valet mode, doors, keys, occupants and supply are facts that its guards ask for.", vehicle),
    section("Latch", "One of these for each latch of the vehicle.", latch),
    section("Drive", "The immobiliser, apart from the locks.", drive),
  ].join("\n");
}

/** One table as a Mermaid state diagram: an arrow for each pair of states, labelled with the events that may take it. */
export function stateDiagram(cells: readonly CellSummary[]): string {
  const arrows = new Map<string, string[]>();
  for (const { from, event, targets } of cells) {
    for (const target of targets) {
      if (target === from) continue;
      const key = `${from} --> ${target}`;
      arrows.set(key, [...(arrows.get(key) ?? []), event]);
    }
  }
  const lines = [...arrows].map(([arrow, events]) => `    ${arrow}: ${events.join(", ")}`);
  return ["stateDiagram-v2", "    [*] --> unknown", ...lines].join("\n");
}

/** One table as a Markdown table, events down and states across. */
export function cellTable(cells: readonly CellSummary[]): string {
  const states = [...new Set(cells.map((cell) => cell.from))];
  const events = [...new Set(cells.map((cell) => cell.event))];
  const rows = events.map((event) => {
    const row = states.map((from) => cells.find((cell) => cell.from === from && cell.event === event));
    return `| ${event} | ${row.map((cell) => (cell === undefined ? "" : cellText(cell))).join(" | ")} |`;
  });
  return [`| | ${states.join(" | ")} |`, `|---|${states.map(() => "---").join("|")}|`, ...rows].join("\n");
}

function section(title: string, what: string, cells: readonly CellSummary[]): string {
  return `## ${title}

${what}

\`\`\`mermaid
${stateDiagram(cells)}
\`\`\`

Every cell: the states an event may lead to, by the guards; *stays*, when the cell acts without leaving the state or a guard
holds it back; *refused*, when a guard may refuse the request; a dot, when the event is ignored; *never*, for a timer that does not run there.

${cellTable(cells)}
`;
}

function cellText(cell: CellSummary): string {
  if (cell.cell === "never") return "*never*";
  if (cell.cell === "ignore") return "·";
  const parts = cell.targets.map((target) => (target === cell.from ? "*stays*" : target));
  return [...parts, ...(cell.refuses ? ["*refused*"] : [])].join(", ");
}
