import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_637_358_000;

export const TESLA_500_2021: Incident = {
  id: "tesla-500-2021",
  date: "2021-11-19",
  title: "The maker's own chatter brings every call down",
  place: "worldwide; Seoul",
  sources: ["Guardian", "CNET", "Benzinga"],
  facts: [
    "Reported: from 16:40 to about 21:20 Eastern time every call ended with error 500, world-wide; the maker blamed too much network traffic of its own making.",
    "Reported: owners stood before their cars in Seoul and in the cold.",
    "Set up: servers answer too late for anybody from minute 5; the cars send a hundred times their usual telemetry for an hour.",
    "Set up: with Latchkey the app is itself a phone key; telemetry has a bounded queue of its own.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 90 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "app-only owner", car: "car 1", baseline: [{ kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "phone-key owner", car: "car 2", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 0, step: { do: "telemetry", car: "car 1", perSecond: 100, forMs: 60 * MINUTE_MS } },
    { atMs: 0, step: { do: "telemetry", car: "car 2", perSecond: 100, forMs: 60 * MINUTE_MS } },
    { atMs: 5 * MINUTE_MS, step: { do: "cloud", mode: "slow" } },
    { atMs: 75 * MINUTE_MS, step: { do: "cloud", mode: "up" } },
  ],
  expectations: [
    {
      atMs: 20 * MINUTE_MS, who: "app-only owner", action: "enter", expect: "in", reported: "out",
      because: "The key is on the phone; no server is asked and no queue is shared.",
    },
    {
      atMs: 20 * MINUTE_MS, who: "phone-key owner", action: "drive", expect: "drives",
      because: "A flood of telemetry slows no door.",
    },
  ],
};
