import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;

export const PORSCHE_VTS_2025: Incident = {
  id: "porsche-vts-2025",
  date: "2025-11-28",
  title: "A lost satellite link immobilises parked cars",
  place: "Russia",
  sources: ["Moscow Times", "Independent"],
  facts: [
    "Reported: from 2025-11-28 in Russia the anti-theft modules of hundreds of cars lost their satellite link; cars locked up or would not start.",
    "Set up: satellite, servers and mobile coverage vanish at minute 5; the cloud-dependent car waits ten minutes for its satellite.",
    "Set up: Latchkey's controller has no input for any of these links, so nothing can follow from their loss.",
  ],
  startUnixS: 1_764_306_000,
  durationMs: 40 * MINUTE_MS,
  baseline: { immobiliseAfterLinkLossMs: 10 * MINUTE_MS },
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "early owner", car: "second car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 5 * MINUTE_MS, step: { do: "satellite", car: "car", present: false } },
    { atMs: 5 * MINUTE_MS, step: { do: "satellite", car: "second car", present: false } },
    { atMs: 5 * MINUTE_MS, step: { do: "coverage", of: "car", present: false } },
    { atMs: 5 * MINUTE_MS, step: { do: "coverage", of: "second car", present: false } },
    { atMs: 5 * MINUTE_MS, step: { do: "cloud", mode: "gone" } },
  ],
  expectations: [
    {
      atMs: 10 * MINUTE_MS, who: "early owner", action: "drive", expect: "drives",
      because: "Five minutes after the loss nobody has noticed yet.",
    },
    {
      atMs: 30 * MINUTE_MS, who: "owner", action: "drive", expect: "drives", reported: "stands",
      because: "The loss of a link is never a reason to lock or immobilise.",
    },
  ],
};
