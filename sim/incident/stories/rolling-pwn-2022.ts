import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_657_180_800;

export const ROLLING_PWN_2022: Incident = {
  id: "rolling-pwn-2022",
  date: "2022-07-07",
  title: "Old codes are taken again after a resync",
  place: "streets",
  sources: ["SecurityWeek", "Riscure", "NVD: https://nvd.nist.gov/vuln/detail/CVE-2021-46145"],
  facts: [
    "Reported: remotes' old codes, sent one after the other, made cars take codes again that had been used long before.",
    "Set up: a box beside the car records everything of three visits, and sends it all again, in order and backwards, days later.",
    "Set up: the caricature's keys are plain words on the air, which is worse than rolling codes; it stands for anything that takes a message twice.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 4400 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "thief", car: "car", baseline: [], latchkey: [] },
  ],
  steps: [
    { atMs: 20 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 1_206_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 80 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 4_806_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 140 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 8_406_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 4300 * MINUTE_MS, step: { do: "replay", car: "car" } },
  ],
  expectations: [
    {
      atMs: 10 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "The first of three visits that are recorded.",
    },
    {
      atMs: 70 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "The second.",
    },
    {
      atMs: 130 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "The third.",
    },
    {
      atMs: 258_012_000, who: "thief", action: "enter", expect: "out", reported: "in",
      because: "Each session has keys of its own; nothing said before means anything again.",
    },
  ],
};
