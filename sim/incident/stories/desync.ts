import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_748_764_800;

export const DESYNC: Incident = {
  id: "desync",
  date: "2025-06-01",
  title: "A power cut, and counters that no longer agree",
  place: "garages and driveways",
  sources: ["OpenCarKey issue 16", "ratgdo issue 100"],
  facts: [
    "Reported: in 2025 and 2026 openers whose messages carry counters fell out of step with their remotes after power cuts. No day is known.",
    "Not reported: who stood outside.",
    "Set up: the power fails twelve times, each time at another moment of an unlock, and the owner tries again.",
    "Left out: every byte at which power may fail; tests/power does that.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 60 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 301_500, step: { do: "restart", car: "car" } },
    { atMs: 6 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 366_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 541_650, step: { do: "restart", car: "car" } },
    { atMs: 10 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 606_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 781_800, step: { do: "restart", car: "car" } },
    { atMs: 14 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 846_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 1_021_950, step: { do: "restart", car: "car" } },
    { atMs: 18 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 1_086_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 1_262_100, step: { do: "restart", car: "car" } },
    { atMs: 22 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 1_326_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 1_502_250, step: { do: "restart", car: "car" } },
    { atMs: 26 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 1_566_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 1_742_400, step: { do: "restart", car: "car" } },
    { atMs: 30 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 1_806_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 1_982_550, step: { do: "restart", car: "car" } },
    { atMs: 34 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 2_046_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 2_222_700, step: { do: "restart", car: "car" } },
    { atMs: 38 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 2_286_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 2_462_850, step: { do: "restart", car: "car" } },
    { atMs: 42 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 2_526_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 2_703_000, step: { do: "restart", car: "car" } },
    { atMs: 46 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 2_766_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 2_943_150, step: { do: "restart", car: "car" } },
    { atMs: 50 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 3_006_000, step: { do: "walk", who: "owner", to: "away" } },
  ],
  expectations: [
    {
      atMs: 5 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "What must survive is on flash before the latch moves.",
    },
    {
      atMs: 9 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 13 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 17 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 21 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 25 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 29 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 33 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 37 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 41 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 45 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 49 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nothing counts that could have fallen behind in a power cut.",
    },
    {
      atMs: 55 * MINUTE_MS, who: "owner", action: "drive", expect: "drives",
      because: "Twelve power cuts later the key is what it was.",
    },
  ],
};
