import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_709_812_800;

export const MYSK_2024: Incident = {
  id: "mysk-2024",
  date: "2024-03-07",
  title: "A stolen login adds a phone key",
  place: "a charging station",
  sources: ["Mysk"],
  facts: [
    "Reported: with a login that a false guest network had phished, a phone key was added near the car, without its card and without notice.",
    "Set up: the thief has the owner's login, stands beside the locked car and tries to add a key; half an hour later the thief tries to drive.",
    "Set up: with Latchkey the most that a login could give is what is public of the car.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 60 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "thief", car: "car", baseline: [{ kind: "account" }], latchkey: [{ kind: "account" }] },
  ],
  steps: [
    { atMs: 5 * MINUTE_MS, step: { do: "walk", who: "thief", to: "car" } },
    { atMs: 7 * MINUTE_MS, step: { do: "addKey", who: "thief", by: "login" } },
  ],
  expectations: [
    {
      atMs: 37 * MINUTE_MS, who: "thief", action: "drive", expect: "stands", reported: "drives",
      because: "An account has no power to enrol.",
    },
    {
      atMs: 45 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "The owner's key is what it was.",
    },
  ],
};
