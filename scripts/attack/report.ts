import type { AttackReport } from "../../sim/attack/index.ts";
import { clockText } from "../../sim/incident/index.ts";
import { labelled } from "../incident/museum.ts";

/** Lines of the timeline that are shown; the JSON holds all. */
const SHOWN_COUNT_MAX = 40;

/** The report as lines for a terminal or a log. */
export function reportLines(report: AttackReport): readonly string[] {
  const { id, title, year, source, has, does, must, guard, events, checks, baseline, seed, traceHash, replayCommand } = report;
  const plain = (line: string): string => line;
  const rows: readonly (readonly [string, string])[] = [["attacker", `has ${has}`], ["does", does], ["must hold", must], ["guard", guard], ["shown by", source]];
  const lines = [[id, year, title].filter((part) => part !== null).join("  "), ...rows.flatMap(([label, text]) => labelled(label, text, plain)), ""];
  const timeline = linesOf(events);
  lines.push(...timeline.slice(0, SHOWN_COUNT_MAX));
  if (timeline.length > SHOWN_COUNT_MAX) lines.push(`         and ${timeline.length - SHOWN_COUNT_MAX} more; --json tells all`);
  lines.push("", ...checks.map(({ what, held, saw }) => `${held ? "ok  " : "FAIL"} ${what}${saw === "" ? "" : ` (${saw})`}`));
  lines.push(...baseline.map(({ what, held, saw }) => `     cloud-dependent ${held ? "held" : "fell"}: ${what} (${saw})`));
  lines.push("", verdictLine(report), `seed ${seed}, trace ${traceHash}; replay: ${replayCommand}`);
  return lines;
}

/** The timeline; what comes again and again stands once, with its count. */
function linesOf(events: AttackReport["events"]): readonly string[] {
  const runs: { readonly event: AttackReport["events"][number]; count: number }[] = [];
  for (const event of events) {
    const last = runs.at(-1);
    if (last?.event.of === event.of && last.event.text === event.text) last.count++;
    else runs.push({ event, count: 1 });
  }
  return runs.map(({ event: { atMs, of, text }, count }) => `${clockText(atMs)}  ${of === "story" ? "" : `${of}: `}${text}${count === 1 ? "" : ` (${count} times)`}`);
}

/** One attack in one line. */
export function summaryLine({ id, title, checks, contrastHolds }: AttackReport): string {
  return `ok   ${id.padEnd(4)} ${title}: ${checks.length} of ${checks.length} hold${contrastHolds === true ? "; the cloud-dependent car fell" : ""}`;
}

function verdictLine({ verdict, checks, contrastHolds }: AttackReport): string {
  const held = checks.filter((check) => check.held).length;
  const contrast = contrastHolds === undefined ? "" : contrastHolds ? "; the cloud-dependent controller fell" : "; the cloud-dependent controller did NOT fall: no contrast";
  return `verdict ${verdict.toUpperCase()}: ${held} of ${checks.length} hold${contrast}`;
}
