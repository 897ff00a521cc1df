import { World, type BootController, type CreateCrypto, type WorldFlash } from "../world/index.ts";
import { baselineSide } from "./baseline-side.ts";
import type { Incident } from "./format.ts";
import { latchkeySide } from "./latchkey-side.ts";
import { clockText, type ExpectationResult, type IncidentReport } from "./report.ts";
import { stepText, tell, type Told } from "./story.ts";

/** Seed of a replay that names none: the same run for everybody. */
export const DEFAULT_SEED = "1";

export interface ReplayPorts {
  /** Starts the controller under test. */
  readonly bootController: BootController;
  readonly createCrypto: CreateCrypto;
  readonly createFlash?: () => WorldFlash;
  readonly seed?: string;
}

/**
 * Plays `incident` twice, with Latchkey's controller and with the cloud-dependent baseline, each in a fresh world of the same
 * seed, and reports what both did. Nothing in the report is prepared beforehand but the facts.
 *
 * @throws {SetupFailed} where the story could not even begin, for example because a phone could not pair.
 */
export function replayIncident(incident: Incident, ports: ReplayPorts): IncidentReport {
  const seed = ports.seed ?? DEFAULT_SEED;
  const createWorld = (): World => new World({
    seed: `${incident.id}/${seed}`,
    createCrypto: ports.createCrypto,
    startUnixS: incident.startUnixS,
    keepLines: false,
    ...(ports.createFlash === undefined ? {} : { createFlash: ports.createFlash }),
  });
  const latchkeyWorld = createWorld();
  const latchkey = tell(incident, latchkeySide(incident, latchkeyWorld, ports.bootController));
  const baselineWorld = createWorld();
  const baseline = tell(incident, baselineSide(incident, baselineWorld));
  const results = resultsOf(incident, latchkey, baseline);
  return {
    id: incident.id,
    date: incident.date,
    title: incident.title,
    sources: incident.sources,
    facts: incident.facts,
    seed,
    traceHash: { latchkey: latchkeyWorld.trace.hash(), baseline: baselineWorld.trace.hash() },
    timeline: timelineOf(incident, latchkey, baseline),
    results,
    pending: pendingOf(incident),
    verdict: results.every(({ pass }) => pass) ? "pass" : "fail",
    contrastHolds: results.every(({ baselineAsReported }) => baselineAsReported !== false),
    replayCommand: `latchkey incident replay ${incident.id} --seed ${seed}`,
  };
}

function resultsOf(incident: Incident, latchkey: Told, baseline: Told): readonly ExpectationResult[] {
  return incident.expectations.map((expectation, index) => {
    const ours = latchkey.measured[index]!;
    const theirs = baseline.measured[index]!;
    const { expect, reported } = expectation;
    return {
      expectation,
      latchkey: ours,
      baseline: theirs,
      pass: ours.outcome === expect,
      baselineAsReported: reported === undefined ? undefined : theirs.outcome === reported,
    };
  });
}

/** What happened to everybody once, then what each controller did, in the order of time. */
function timelineOf(incident: Incident, latchkey: Told, baseline: Told): readonly string[] {
  const story = incident.steps.map(({ atMs, step }) => ({ atMs, text: stepText(step) }));
  const lines = [...story, ...latchkey.lines, ...baseline.lines];
  // Array.prototype.sort is stable, so that lines of one moment stay in the order of cause.
  return lines.sort((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `${clockText(atMs)}  ${text}`);
}

function pendingOf(incident: Incident): readonly string[] {
  return incident.cast.flatMap(({ who, latchkey }) =>
    latchkey.flatMap((means) => (means.kind === "pending" ? [`${who}: ${means.what}`] : [])),
  );
}

