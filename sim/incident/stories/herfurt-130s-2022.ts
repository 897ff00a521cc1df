import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_654_682_400;

export const HERFURT_130S_2022: Incident = {
  id: "herfurt-130s-2022",
  date: "2022-06-08",
  title: "Whoever is near when the car was opened can enrol a key",
  place: "a parking lot",
  sources: ["Ars Technica", "Cybernews"],
  facts: [
    "Reported: for 130 s after a tap of the card the car enrolled new keys from anybody in radio range, without a word on its screen.",
    "Set up: the owner opens the car with the phone and gets in; a thief nearby asks the car to enrol a key; hours later the thief comes back.",
    "Left out: the card; the window that counts here is the time after the car was opened.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 240 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "thief", car: "car", baseline: [], latchkey: [] },
  ],
  steps: [
    { atMs: 630_000, step: { do: "walk", who: "thief", to: "car" } },
    { atMs: 690_000, step: { do: "addKey", who: "thief", by: "open car" } },
    { atMs: 13 * MINUTE_MS, step: { do: "walk", who: "thief", to: "away" } },
    { atMs: 20 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 1_206_000, step: { do: "walk", who: "owner", to: "away" } },
  ],
  expectations: [
    {
      atMs: 10 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "An ordinary morning.",
    },
    {
      atMs: 180 * MINUTE_MS, who: "thief", action: "drive", expect: "stands", reported: "drives",
      because: "Enrolment is always an owner's own act; an open door authorises nothing.",
    },
  ],
};
