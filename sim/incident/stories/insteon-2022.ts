import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_649_952_000;

export const INSTEON_2022: Incident = {
  id: "insteon-2022",
  date: "2022-04-14",
  title: "The servers are switched off without a word, and a reset makes bricks",
  place: "worldwide",
  sources: ["Fierce", "Stacey on IoT"],
  facts: [
    "Reported: on 14 or 15 April 2022 a maker's servers went off for good without notice; owners who put their devices back to factory state could never set them up again.",
    "Set up: servers are gone from minute 2. One owner resets the car and takes it into use again at minute 10; another touches nothing.",
    "Set up: with Latchkey a reset asks for the button inside and the owner's word, and the code for the first owner is on the car's own console.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 60 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner who resets", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "owner who waits", car: "second car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 2 * MINUTE_MS, step: { do: "cloud", mode: "gone" } },
    { atMs: 8 * MINUTE_MS, step: { do: "walk", who: "owner who resets", to: "car" } },
    { atMs: 12 * MINUTE_MS, step: { do: "resetAndClaim", who: "owner who resets" } },
    { atMs: 16 * MINUTE_MS, step: { do: "walk", who: "owner who resets", to: "away" } },
  ],
  expectations: [
    {
      atMs: 25 * MINUTE_MS, who: "owner who resets", action: "drive", expect: "drives", reported: "stands",
      because: "To take a car into use needs a car and a phone.",
    },
    {
      atMs: 25 * MINUTE_MS, who: "owner who waits", action: "drive", expect: "drives",
      because: "Who touched nothing goes on as before.",
    },
  ],
};
