import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_725_184_800;

export const YALE_2024: Incident = {
  id: "yale-2024",
  date: "2024-09-01",
  title: "A new cloud interface stops handing out local keys",
  place: "homes with local control",
  sources: ["Home Assistant: https://github.com/home-assistant/core/issues/126117"],
  facts: [
    "Reported: in September 2024 a maker's new interface no longer gave out the keys for local control. The day is not known.",
    "Set up: the servers are gone; an owner lends the car to a friend all the same.",
    "Set up: with Latchkey keys are made on phones and known to the car; nobody hands them out.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 60 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "friend", car: "car", baseline: [], latchkey: [] },
  ],
  steps: [
    { atMs: 2 * MINUTE_MS, step: { do: "cloud", mode: "gone" } },
    { atMs: 5 * MINUTE_MS, step: { do: "lend", who: "owner", to: "friend", expiresAtS: START_UNIX_S + 86_400 } },
  ],
  expectations: [
    {
      atMs: 20 * MINUTE_MS, who: "friend", action: "drive", expect: "drives", reported: "stands",
      because: "A grant is signed on the owner's phone and travels with the guest.",
    },
  ],
};
