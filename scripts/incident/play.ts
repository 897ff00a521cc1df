import { existsSync, writeFileSync } from "node:fs";
import { createTeslaCodec } from "../../hal/tesla-codec/index.ts";
import { createPortableCrypto } from "../../hal/crypto-portable/index.ts";
import { bootLatchkey } from "../../sim/world/index.ts";
import { findIncident, listIncidents, replayIncident, ReplayBroke, reportLines, type Incident, type IncidentReport } from "../../sim/incident/index.ts";
import { reportPage } from "./page.ts";
import { CommandFailure, EXIT, type ExitCode } from "../cli/command.ts";
import { shown, type Output, type Style } from "../cli/output.ts";

/** An incident of the package, or one from a file; the schema's checker is loaded only for the latter. */
async function incidentCalled(name: string): Promise<Incident> {
  const incident = findIncident(name);
  if (incident !== undefined) return incident;
  if (existsSync(name)) return (await import("./file.ts")).readIncident(name);
  const known = listIncidents().map(({ id }) => id).join(", ");
  throw new CommandFailure(shown(`there is no incident "${name}", and no such file`), `There are: ${known}.`);
}

/** Replays one incident with both controllers. The portable crypto makes the run the same on every machine. */
function replay(incident: Incident, name: string, seed: string | undefined): IncidentReport {
  try {
    return replayIncident(incident, {
      controllerIn: () => bootLatchkey,
      createCrypto: (random) => createPortableCrypto({ random }),
      teslaCodec: createTeslaCodec(),
      commandName: /^[A-Za-z0-9._/-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`,
      ...(seed === undefined ? {} : { seed }),
    });
  } catch (fault) {
    if (fault instanceof ReplayBroke) throw new CommandFailure(shown(fault.message), "There is no verdict; the replay breaks off again at the same place.");
    throw fault;
  }
}

/** What becomes of an incident of the package, played with its default seed. */
export function verdictOf(incident: Incident): IncidentReport {
  return replay(incident, incident.id, undefined);
}

/** Replays the incident called `name`, prints the report, writes it as a page where `html` names a file, and exits 0 where the verdict holds. */
export async function playIncident(name: string, output: Output, { seed, html }: { readonly seed?: string | undefined; readonly html?: string | undefined } = {}): Promise<ExitCode> {
  const report = replay(await incidentCalled(name), name, seed);
  if (html !== undefined) writePage(html, report);
  output.answer(report, reportLines(report).map((line) => painted(shown(line), output)).join("\n"));
  return report.verdict === "pass" && report.contrastHolds ? EXIT.ok : EXIT.refused;
}

function writePage(file: string, report: IncidentReport): void {
  try {
    writeFileSync(file, reportPage(report));
  } catch (fault) {
    throw new CommandFailure(shown(`${file} cannot be written: ${(fault as Error).message}`), "Name a file in a folder that exists.");
  }
}

const PAINT: readonly (readonly [start: string, style: Style])[] = [
  ["ok  ", "green"],
  ["FAIL", "red"],
  ["----", "yellow"],
  ["verdict PASS", "green"],
  ["verdict FAIL", "red"],
  ["verdict HELD", "green"],
  ["verdict BROKEN", "red"],
];

/** A line of a report, in the colour of how it begins. */
export function painted(line: string, output: Output): string {
  const style = PAINT.find(([start]) => line.startsWith(start))?.[1];
  return style === undefined ? line : output.paint(style, line);
}
