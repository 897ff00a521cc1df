import type { TeslaCodec } from "../../firmware/tesla/index.ts";
import { World, type BootController, type CreateCrypto, type WorldFlash } from "../world/index.ts";
import { baselineSide } from "./baseline-side.ts";
import type { Incident } from "./format.ts";
import { latchkeySide } from "./latchkey-side.ts";
import { clockText, type ExpectationResult, type IncidentReport, type ReplayEvent } from "./report.ts";
import type { SelfTest } from "./maker.ts";
import type { Side } from "./side.ts";
import { stepText, tell, type Told } from "./story.ts";

/** Seed of a replay that names none: the same run for everybody. */
export const DEFAULT_SEED = "1";

export interface ReplayPorts {
  /** The controller under test, for a world: one that depends on something in it can be tried as well. */
  readonly controllerIn: (world: World) => BootController;
  readonly createCrypto: CreateCrypto;
  readonly createFlash?: () => WorldFlash;
  /** For stories in which somebody has a key of the Tesla dialect. */
  readonly teslaCodec?: TeslaCodec;
  readonly seed?: string;
  /** What a boot loader asks of an update before it is tried. Default: that it opens a car, see `opensACar` in sim/world. */
  readonly selfTest?: SelfTest;
  /** How the command line names the incident. Default: its id. */
  readonly commandName?: string;
}

/** A replay that broke off, so that there is no verdict. The message ends with what identifies the run and repeats it. */
export class ReplayBroke extends Error {
  override readonly name = "ReplayBroke";
}

/**
 * Plays `incident` twice, with Latchkey's controller and with the cloud-dependent baseline, each in a fresh world of the same
 * seed, and reports what both did. Nothing in the report is prepared beforehand but the facts.
 *
 * @throws {ReplayBroke} where a story does not get to its end: a phone could not pair, a world does not come to rest, a controller
 * breaks an invariant. Its `cause` is what happened.
 */
export function replayIncident(incident: Incident, ports: ReplayPorts): IncidentReport {
  const seed = ports.seed ?? DEFAULT_SEED;
  const replayCommand = `latchkey incident replay ${ports.commandName ?? incident.id} --seed ${seed}`;
  const createWorld = (): World => new World({
    seed: `${incident.id}/${seed}`,
    createCrypto: ports.createCrypto,
    startUnixS: incident.startUnixS,
    keepLines: false,
    ...(ports.createFlash === undefined ? {} : { createFlash: ports.createFlash }),
  });
  const play = (world: World, sideIn: () => Side): Told => {
    try {
      return tell(incident, sideIn());
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ReplayBroke(`the replay broke off: ${why}; ${world.describe(incident.id, replayCommand)}`, { cause });
    }
  };
  const latchkeyWorld = createWorld();
  const latchkey = play(latchkeyWorld, () => latchkeySide(incident, latchkeyWorld, { boot: ports.controllerIn(latchkeyWorld), ...(ports.selfTest && { selfTest: ports.selfTest }), ...(ports.teslaCodec && { teslaCodec: ports.teslaCodec }) }));
  const baselineWorld = createWorld();
  const baseline = play(baselineWorld, () => baselineSide(incident, baselineWorld));
  const events = eventsOf(incident, latchkey, baseline);
  const results = resultsOf(incident, latchkey, baseline);
  return {
    id: incident.id,
    date: incident.date,
    title: incident.title,
    ...(incident.place === undefined ? {} : { place: incident.place }),
    sources: incident.sources,
    facts: incident.facts,
    seed,
    traceHash: { latchkey: latchkeyWorld.trace.hash(), baseline: baselineWorld.trace.hash() },
    durationMs: incident.durationMs,
    events,
    timeline: events.map(timelineLine),
    results,
    pending: pendingOf(incident),
    verdict: results.every(({ pass }) => pass) ? "pass" : "fail",
    contrastHolds: results.every(({ baselineAsReported }) => baselineAsReported !== false),
    replayCommand,
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
function eventsOf(incident: Incident, latchkey: Told, baseline: Told): readonly ReplayEvent[] {
  const story = incident.steps.map(({ atMs, step }): ReplayEvent => ({ atMs, of: "story", text: stepText(step) }));
  const told = (of: ReplayEvent["of"], { lines }: Told): readonly ReplayEvent[] => lines.map(({ atMs, text }) => ({ atMs, of, text }));
  // Array.prototype.sort is stable, so that lines of one moment stay in the order of cause.
  return [...story, ...told("latchkey", latchkey), ...told("cloud-dependent", baseline)].sort((a, b) => a.atMs - b.atMs);
}

function timelineLine({ atMs, of, text }: ReplayEvent): string {
  return `${clockText(atMs)}  ${of === "story" ? "" : `${of}: `}${text}`;
}

function pendingOf(incident: Incident): readonly string[] {
  return incident.cast.flatMap(({ who, latchkey }) =>
    latchkey.flatMap((means) => (means.kind === "pending" ? [`${who}: ${means.what}`] : [])),
  );
}

