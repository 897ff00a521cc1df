import type { Incident, IncidentReport, Outcome } from "../../sim/incident/index.ts";
import { shown, type Output } from "../cli/output.ts";

/** Columns of a terminal as they have always been. */
const WIDTH = 80;
const INDENT = 12;

/** Ends in which somebody stood outside, or could not leave. */
const SHUT_OUT: ReadonlySet<Outcome> = new Set<Outcome>(["out", "stands", "trapped"]);
/** Ends in which somebody got in, or out of the car. */
const GOT_IN: ReadonlySet<Outcome> = new Set<Outcome>(["in", "drives", "leaves"]);

/** Whom the reports say were locked out, and who was let in that should not have been. */
export function harmOf({ expectations }: Incident): { readonly lockedOut: readonly string[]; readonly letIn: readonly string[] } {
  const harmed = (reports: ReadonlySet<Outcome>, duties: ReadonlySet<Outcome>): readonly string[] => [
    ...new Set(expectations.filter(({ reported, expect }) => reported !== undefined && reports.has(reported) && duties.has(expect)).map(({ who }) => who)),
  ];
  return { lockedOut: harmed(SHUT_OUT, GOT_IN), letIn: harmed(GOT_IN, SHUT_OUT) };
}

/** One exhibit: when and where, what happened, who was locked out, what came of it here, and who reported it. No line but a link is wider than 80. */
export function exhibit(incident: Incident, report: IncidentReport, output: Pick<Output, "paint">): string {
  const { id, date, title, place, sources } = incident;
  const { lockedOut, letIn } = harmOf(incident);
  const happened = incident.facts.find((fact) => fact.startsWith("Reported:"))?.slice("Reported:".length).trim();
  // Links stand whole, however long: a terminal breaks them without breaking what is copied.
  const links = sources.flatMap((source) => source.match(/https:\S+/)?.[0] ?? []);
  const held = report.results.filter(({ pass }) => pass).length;
  const passed = report.verdict === "pass";
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ["where", place],
    ["happened", happened],
    ["locked out", lockedOut.join(", ") || undefined],
    ["let in", letIn.join(", ") || undefined],
    ["latchkey", `${passed ? "PASS" : "FAIL"}: ${held} of ${report.results.length} hold. ${firstDuty(incident)}`],
    ["replay", `latchkey incident replay ${id}`],
    ["reported by", sources.map((source) => source.split(": ")[0]!).join("; ")],
  ];
  const head = labelled(date, shown(title), (line) => line).map((line) => output.paint("bold", line));
  const body = rows.flatMap(([label, text]) => (text === undefined ? [] : labelled(label, shown(text), (line) => (label === "latchkey" ? output.paint(passed ? "green" : "red", line) : line))));
  return [...head, ...body, ...links.map((link) => `${" ".repeat(INDENT)}${shown(link)}`)].join("\n");
}

/** Why the first of those who were harmed is not, here. */
function firstDuty({ expectations }: Incident): string {
  return (expectations.find(({ reported, expect }) => reported !== undefined && reported !== expect) ?? expectations[0]!).because;
}

/** Text beside its label, in lines of at most 80 columns. */
export function labelled(label: string, text: string, paint: (line: string) => string): readonly string[] {
  return wrap(text, WIDTH - INDENT).map((line, index) => `${(index === 0 ? label : "").padEnd(INDENT)}${paint(line)}`);
}

/** Words in lines of at most `width`. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
