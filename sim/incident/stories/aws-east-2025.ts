import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_760_943_600;

export const AWS_EAST_2025: Incident = {
  id: "aws-east-2025",
  date: "2025-10-20",
  title: "A database's name cannot be found, and things stop",
  place: "worldwide",
  sources: ["Notebookcheck", "Ditto"],
  facts: [
    "Reported: from 03:00 Eastern time, for about 15 hours, the DNS of one database service failed; beds stayed hot and upright. Their maker added an outage mode over Bluetooth afterwards.",
    "Set up: nothing answers from minute 2 on; an owner comes after half an hour and after ten hours.",
    "Set up: the cloud-dependent car stands for anything that asks a server first.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 620 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "app-only owner", car: "car 1", baseline: [{ kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "late owner", car: "car 2", baseline: [{ kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 2 * MINUTE_MS, step: { do: "cloud", mode: "gone" } },
  ],
  expectations: [
    {
      atMs: 30 * MINUTE_MS, who: "app-only owner", action: "enter", expect: "in", reported: "out",
      because: "No name is looked up on the way to the door.",
    },
    {
      atMs: 600 * MINUTE_MS, who: "late owner", action: "drive", expect: "drives", reported: "stands",
      because: "Nor after ten hours: nothing has run out meanwhile.",
    },
  ],
};
