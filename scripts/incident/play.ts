import { createPortableCrypto } from "../../hal/crypto-portable/index.ts";
import { bootLatchkey } from "../../sim/world/index.ts";
import { findIncident, listIncidents, replayIncident, ReplayBroke, reportLines, type Incident, type IncidentReport } from "../../sim/incident/index.ts";
import { CommandFailure, EXIT, type ExitCode } from "../cli/command.ts";
import type { Output, Style } from "../cli/output.ts";

/** The incident called `id`; otherwise a failure that names those there are. */
export function incidentCalled(id: string): Incident {
  const incident = findIncident(id);
  if (incident !== undefined) return incident;
  throw new CommandFailure(`there is no incident "${id}"`, `There are: ${listIncidents().map((known) => known.id).join(", ")}.`);
}

/** Replays one incident with both controllers. The portable crypto makes the run the same on every machine. */
export function replay(incident: Incident, seed: string | undefined): IncidentReport {
  try {
    return replayIncident(incident, {
      controllerIn: () => bootLatchkey,
      createCrypto: (random) => createPortableCrypto({ random }),
      ...(seed === undefined ? {} : { seed }),
    });
  } catch (fault) {
    if (fault instanceof ReplayBroke) throw new CommandFailure(fault.message, "There is no verdict; the replay breaks off again at the same place.");
    throw fault;
  }
}

/** Replays `id`, prints the report, and exits 0 where the verdict holds. */
export function playIncident(id: string, output: Output, seed?: string): Promise<ExitCode> {
  const report = replay(incidentCalled(id), seed);
  output.answer(report, reportLines(report).map((line) => painted(line, output)).join("\n"));
  return Promise.resolve(report.verdict === "pass" && report.contrastHolds ? EXIT.ok : EXIT.refused);
}

const PAINT: readonly (readonly [start: string, style: Style])[] = [
  ["ok  ", "green"],
  ["FAIL", "red"],
  ["----", "yellow"],
  ["verdict PASS", "green"],
  ["verdict FAIL", "red"],
];

function painted(line: string, output: Output): string {
  const style = PAINT.find(([start]) => line.startsWith(start))?.[1];
  return style === undefined ? line : output.paint(style, line);
}
