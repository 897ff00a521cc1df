import { clockText, type ExpectationResult, type IncidentReport, type Outcome } from "../../sim/incident/index.ts";
import { drawing } from "./drawing.ts";
import { escaped, html, type Html } from "./html.ts";

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  in: "got in", out: "stayed outside", drives: "drove", stands: "could not drive", locked: "locked", unlocked: "unlocked", warned: "warned", silent: "said nothing",
  tracked: "could be followed", unlinkable: "could not be followed", leaves: "got out", trapped: "could not get out", "not played": "was not played",
};

/** What a replay came to as one page: no script, nothing loaded from anywhere, readable by ear, on paper and in the dark. */
export function reportPage(report: IncidentReport): string {
  const { id, date, title, place, facts, results, pending, verdict, contrastHolds, seed, traceHash, replayCommand, sources } = report;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title} (${id})</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="when"><time datetime="${date}">${date}</time>${place === undefined ? "" : `, ${place}`}</p>
<h1>${title}</h1>
<p class="verdict ${verdict}"><strong>${verdict.toUpperCase()}</strong> ${results.filter(({ pass }) => pass).length} of ${results.length} expectations hold with Latchkey. ${
    contrastHolds ? "The cloud-dependent controller ended as the reports say, wherever they say." : "The cloud-dependent controller did not end as the reports say."
  }</p>
</header>
<section aria-labelledby="facts"><h2 id="facts">What happened, and what is replayed</h2><ul>${facts.map((fact) => html`<li>${fact}</li>`)}</ul></section>
<section aria-labelledby="drawn"><h2 id="drawn">Both controllers, moment by moment</h2>${drawing(report)}</section>
<section aria-labelledby="ends"><h2 id="ends">Who got in, and why</h2>
<table><thead><tr><th scope="col">When</th><th scope="col">Who, what</th><th scope="col">Latchkey</th><th scope="col">Cloud-dependent</th><th scope="col">Why</th></tr></thead>
<tbody>${[...results].sort((a, b) => a.expectation.atMs - b.expectation.atMs).map(resultRow)}</tbody></table>
${pending.length === 0 ? "" : html`<p>Not played: ${pending.join("; ")}.</p>`}</section>
<section aria-labelledby="told"><h2 id="told">The whole story</h2>
<table><thead><tr><th scope="col">When</th><th scope="col">What happened</th><th scope="col">Latchkey</th><th scope="col">Cloud-dependent</th></tr></thead>
<tbody>${report.events.map(({ atMs, of, text }) => html`<tr><th scope="row">${clockText(atMs)}</th><td>${of === "story" ? text : ""}</td><td>${of === "latchkey" ? text : ""}</td><td>${of === "cloud-dependent" ? text : ""}</td></tr>`)}</tbody></table></section>
<footer><p>Reported by:</p><ul>${sources.map((source) => html`<li>${source}</li>`)}</ul>
<p>Seed ${seed}, trace ${traceHash.latchkey}, baseline ${traceHash.baseline}. Again: <code>${replayCommand}</code></p></footer>
</main>
</body>
</html>
`;
  return page.text;
}

function resultRow({ expectation, latchkey, baseline, pass, baselineAsReported }: ExpectationResult): Html {
  const { atMs, who, action, because } = expectation;
  const end = ({ outcome, tookMs, said }: ExpectationResult["latchkey"]): string =>
    `${OUTCOME_WORDS[outcome]}${tookMs > 0 ? ` after ${(tookMs / 1000).toFixed(1)} s` : ""}${said === "" ? "" : ` (${said})`}`;
  const reported = baselineAsReported === undefined ? "" : baselineAsReported ? ", as reported" : ", NOT as reported";
  return html`<tr><th scope="row">${clockText(atMs)}</th><td>${who}, ${action}</td><td class="${pass ? "pass" : "fail"}">${pass ? "held" : "FAILED"}: ${end(latchkey)}</td><td>${end(baseline)}${reported}</td><td>${because}</td></tr>`;
}

/** Colours pass WCAG AA on both backgrounds; marks differ by shape and word as well. */
const STYLE = escaped(`
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --quiet: #57606a; --line: #d0d7de; --good: #1a7f37; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --quiet: #9da7b3; --line: #30363d; --good: #3fb950; --bad: #ff7b72; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem; }
h1 { line-height: 1.2; margin: 0 0 1rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
.when { color: var(--quiet); margin: 0; }
.verdict { border-left: .4rem solid; padding: .5rem 1rem; } .verdict.pass { border-color: var(--good); } .verdict.fail { border-color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
thead { display: table-header-group; } tr { break-inside: avoid; } th[scope=row] { white-space: nowrap; font-weight: normal; font-variant-numeric: tabular-nums; }
.pass { color: var(--good); } .fail { color: var(--bad); font-weight: bold; }
.scroll { overflow-x: auto; } svg { min-width: 40rem; width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .lane, svg .tick { stroke: var(--line); } svg .mark path, svg .ring { fill: none; stroke-width: 3; } svg .good { fill: var(--good); stroke: var(--good); } svg .bad { fill: var(--bad); stroke: var(--bad); } svg .bad .ring { fill: none; stroke-width: 1.5; } svg .note { fill: var(--quiet); } svg .quiet { fill: var(--quiet); }
footer { color: var(--quiet); font-size: .85rem; margin-top: 2rem; overflow-wrap: anywhere; }
@media print { :root { --ink: #000; --paper: #fff; --quiet: #444; --line: #999; --good: #1a7f37; --bad: #b42318; } main { max-width: none; padding: 0; } .scroll { overflow: visible; } svg { min-width: 0; } body { font-size: 11pt; } }
`);
