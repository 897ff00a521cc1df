import type { Expectation, Outcome } from "./format.ts";

/** How one expectation ended with one controller. */
export interface Measured {
  readonly outcome: Outcome;
  /** From the attempt's start to its outcome. */
  readonly tookMs: number;
  /** What the controller, the server or the phone said. */
  readonly said: string;
}

export interface ExpectationResult {
  readonly expectation: Expectation;
  readonly latchkey: Measured;
  readonly baseline: Measured;
  /** Latchkey did what it has to. */
  readonly pass: boolean;
  /** The baseline ended as reported; undefined where the reports do not say. */
  readonly baselineAsReported: boolean | undefined;
}

/** One thing of a replay: what happened to everybody, or what one of the two controllers did. */
export interface ReplayEvent {
  readonly atMs: number;
  readonly of: "story" | "latchkey" | "cloud-dependent";
  readonly text: string;
}

/** A replayed incident. Plain data. */
export interface IncidentReport {
  readonly id: string;
  readonly date: string;
  readonly title: string;
  readonly place?: string;
  readonly sources: readonly string[];
  readonly facts: readonly string[];
  readonly seed: string;
  /** Of the run with Latchkey, and of the run with the baseline. */
  readonly traceHash: { readonly latchkey: string; readonly baseline: string };
  readonly durationMs: number;
  readonly events: readonly ReplayEvent[];
  /** The story as it went, both runs side by side in time. */
  readonly timeline: readonly string[];
  readonly results: readonly ExpectationResult[];
  /** Parts of the story that this build cannot play yet. */
  readonly pending: readonly string[];
  /** pass: every expectation held with Latchkey. */
  readonly verdict: "pass" | "fail";
  /** Whether the baseline ended as the reports say wherever they say it: else the contrast proves nothing. True where they say nothing. */
  readonly contrastHolds: boolean;
  readonly replayCommand: string;
}

/** `h:mm:ss` from the beginning of an incident. */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => value.toString().padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** The report as lines for a terminal or a log. */
export function reportLines(report: IncidentReport): readonly string[] {
  const lines = [`${report.id}  ${report.date}  ${report.title}`, ...report.facts.map((fact) => `  ${fact}`), ""];
  lines.push(...report.timeline, "");
  for (const { expectation, latchkey, baseline, pass } of report.results) {
    const head = `${expectation.who}, ${expectation.action} at ${clockText(expectation.atMs)}`;
    lines.push(`${pass ? "ok  " : "FAIL"} ${head}: latchkey ${told(latchkey)}; cloud-dependent ${told(baseline)}. ${expectation.because}`);
  }
  for (const pending of report.pending) lines.push(`----  not played: ${pending}`);
  lines.push("", `sources: ${report.sources.join("; ")}`);
  lines.push(`verdict ${report.verdict.toUpperCase()}; ${contrastText(report)}`);
  lines.push(`seed ${report.seed}, trace ${report.traceHash.latchkey}, baseline ${report.traceHash.baseline}; replay: ${report.replayCommand}`);
  return lines;
}

function contrastText({ results, contrastHolds }: IncidentReport): string {
  if (!contrastHolds) return "the contrast is NOT as reported";
  const reported = results.some(({ baselineAsReported }) => baselineAsReported !== undefined);
  return reported ? "the contrast is as reported" : "the reports give no contrast";
}

function told({ outcome, tookMs, said }: Measured): string {
  const took = tookMs > 0 ? ` after ${(tookMs / 1000).toFixed(1)} s` : "";
  return `${outcome}${took}${said === "" ? "" : ` (${said})`}`;
}
