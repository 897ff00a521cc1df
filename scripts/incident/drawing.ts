import { clockText, type IncidentReport, type Outcome } from "../../sim/incident/index.ts";
import { html, type Html } from "./html.ts";

const WIDTH = 960;
const LEFT = 130;
const RIGHT = 20;
const STORY_Y = 40;
const LANES = [
  { of: "latchkey", name: "Latchkey", y: 115 },
  { of: "cloud-dependent", name: "cloud-dependent", y: 225 },
] as const;
const HEIGHT = 300;
/** Times stand at least this far apart, so that none covers another. */
const LABEL_WIDTH = 52;

/** Marks of one moment stand one above the other, within this. */
const LANE_HEIGHT = 90;
const MARK_HEIGHT = 17;

/** Ends in which something opened, went or spoke. */
const OPEN_ENDS: ReadonlySet<Outcome> = new Set<Outcome>(["in", "drives", "unlocked", "warned", "tracked", "leaves"]);

/**
 * The timelines of both controllers. Moments stand in their order and not at scale: a story of days turns on seconds. A disc: it opened, drove or warned;
 * a cross: it did not; a ring around either: it should have been the other way; a small square: the controller noted something. The tables below say the same in words.
 */
export function drawing({ title, events, results }: IncidentReport): Html {
  // What happens within one second is one moment, as the labels have it.
  const second = (atMs: number): number => Math.floor(atMs / 1000) * 1000;
  const moments = [...new Set([...events.map(({ atMs }) => second(atMs)), ...results.map(({ expectation }) => second(expectation.atMs))])].sort((a, b) => a - b);
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, moments.length - 1);
  const at = new Map(moments.map((atMs, index) => [atMs, Math.round(LEFT + index * step)]));
  const x = (atMs: number): number => at.get(second(atMs))!;
  const places = stacked(results.map(({ expectation }) => second(expectation.atMs)));
  const story = events.filter(({ of }) => of === "story");
  const held = results.filter(({ pass }) => pass).length;
  return html`<div class="scroll"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="svg-title svg-desc">
<title id="svg-title">Timelines of both controllers: ${title}</title>
<desc id="svg-desc">${moments.length} moments in order, not to scale. Latchkey: ${held} of ${results.length} as expected. The tables below hold all of it in words.</desc>
<text x="0" y="${STORY_Y + 4}">what happened</text>
${story.map(({ atMs, text }) => html`<g><title>${clockText(atMs)} ${text}</title><line class="tick" x1="${x(atMs)}" y1="${STORY_Y}" x2="${x(atMs)}" y2="${HEIGHT - 30}"/><path class="note" d="M${x(atMs) - 5} ${STORY_Y - 5}h10l-5 10z"/></g>`)}
${LANES.map(({ of, name, y }) => html`<text x="0" y="${y + 4}">${name}</text><line class="lane" x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}"/>
${events.filter((event) => event.of === of).map(({ atMs, text }) => html`<g><title>${clockText(atMs)} ${text}</title><rect class="quiet" x="${x(atMs) - 2}" y="${y - 2}" width="4" height="4"/></g>`)}
${results.map(({ expectation: { atMs, who, action, expect }, latchkey, baseline }, index) => mark({ x: x(atMs), y: y + places[index]! }, (of === "latchkey" ? latchkey : baseline).outcome, expect, `${clockText(atMs)} ${who}, ${action}`))}`)}
${labels(moments, x)}
</svg></div>
<p>&#9679; opened, drove, warned &#160; &#10005; did not &#160; &#9711; around either: should not be &#160; &#9632; noted &#160; &#9660; something happened. Moments are in order and not to scale.</p>`;
}

function mark({ x, y }: { readonly x: number; readonly y: number }, outcome: Outcome, expect: Outcome, what: string): Html {
  const should = outcome === expect;
  const shape = OPEN_ENDS.has(outcome) ? html`<circle cx="${x}" cy="${y}" r="6"/>` : html`<path d="M${x - 6} ${y - 6}l12 12m0 -12l-12 12"/>`;
  return html`<g class="mark ${should ? "good" : "bad"}"><title>${what}: ${outcome}${should ? "" : ", which should not be"}</title>${shape}${should ? "" : html`<circle class="ring" cx="${x}" cy="${y}" r="10"/>`}</g>`;
}

/** How far above or below its lane each mark stands. */
function stacked(moments: readonly number[]): readonly number[] {
  return moments.map((moment, index) => {
    const count = moments.filter((other) => other === moment).length;
    const above = moments.slice(0, index).filter((other) => other === moment).length;
    return Math.round((above - (count - 1) / 2) * Math.min(MARK_HEIGHT, LANE_HEIGHT / count));
  });
}

function labels(moments: readonly number[], x: (atMs: number) => number): readonly Html[] {
  let free = 0;
  return moments.flatMap((atMs) => {
    if (x(atMs) - LABEL_WIDTH / 2 < free) return [];
    free = x(atMs) + LABEL_WIDTH / 2;
    return [html`<text x="${x(atMs)}" y="${HEIGHT - 10}" text-anchor="middle">${clockText(atMs)}</text>`];
  });
}
