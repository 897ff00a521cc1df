import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_732_899_600;

export const ZIPCAR_2024: Incident = {
  id: "zipcar-2024",
  date: "2024-11-29",
  title: "Signed out in the middle of a rental, house keys locked in",
  place: "United States",
  sources: ["404 Media: https://404media.co/a-total-meltdown-black-friday-zipcar-outage-strands-customers-in-random-places", "Ars Technica", "PC Gamer"],
  facts: [
    "Reported: log-in messages jammed, renters were signed out in the middle of a rental and could not get back in for hours; belongings and house keys were in the cars.",
    "Set up: a renter with a grant for eight hours uses the car; at minute 30 the servers fail and sign everybody out.",
    "Set up: after the end of the grant the renter is out, with servers or without.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 500 * MINUTE_MS,
  baseline: { phoneKeyTiedToLogin: true },
  cast: [
    { who: "renter", car: "rented car", baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 28_800, actions: ["unlock", "lock", "drive"] }, { kind: "account" }], latchkey: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 28_800, actions: ["unlock", "lock", "drive"] }] },
  ],
  steps: [
    { atMs: 30 * MINUTE_MS, step: { do: "cloud", mode: "down" } },
    { atMs: 31 * MINUTE_MS, step: { do: "logOut" } },
    { atMs: 20 * MINUTE_MS, step: { do: "getOut", who: "renter" } },
    { atMs: 1_206_000, step: { do: "walk", who: "renter", to: "away" } },
    { atMs: 65 * MINUTE_MS, step: { do: "getOut", who: "renter" } },
    { atMs: 3_906_000, step: { do: "walk", who: "renter", to: "away" } },
  ],
  expectations: [
    {
      atMs: 10 * MINUTE_MS, who: "renter", action: "drive", expect: "drives",
      because: "An ordinary rental, before anything fails.",
    },
    {
      atMs: 60 * MINUTE_MS, who: "renter", action: "enter", expect: "in", reported: "out",
      because: "A running grant is good to its own end, whoever can be reached.",
    },
    {
      atMs: 490 * MINUTE_MS, who: "renter", action: "enter", expect: "out",
      because: "And not longer.",
    },
  ],
};
