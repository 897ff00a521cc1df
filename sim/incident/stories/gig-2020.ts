import type { Incident } from "../format.ts";

const HOUR_MS = 3_600_000;
const START_UNIX_S = 1_581_883_200;

export const GIG_2020: Incident = {
  id: "gig-2020",
  date: "2020-02-16",
  title: "A shared car without coverage will not start after a day",
  place: "near Gualala, California",
  sources: ["The Guardian: https://www.theguardian.com/technology/2020/feb/18/smart-car-gig-rental-app-trapped", "SFGate: https://www.sfgate.com/travel/article/gig-car-app-rental-viral-weekend-15065747.php", "Techdirt"],
  facts: [
    "Reported: a hike near Gualala, California, without mobile coverage; the car must sync every 24 h or will not start.",
    "Reported: six hours, two tow trucks, twenty calls. A card would have worked.",
    "Set up: the car loses coverage, and 26 hours later the renter comes back to it, with a phone that has none either.",
    "Set up: with Latchkey the renter holds a grant for three days, signed by the operator before the trip; the car needs nothing else.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 27 * HOUR_MS,
  baseline: { leaseMs: 24 * HOUR_MS },
  cast: [
    {
      who: "renter",
      car: "shared car",
      baseline: [{ kind: "guestKey", notBeforeS: START_UNIX_S - 3_600, expiresAtS: START_UNIX_S + 72 * 3_600, actions: ["unlock", "lock", "drive"] }],
      latchkey: [{ kind: "guestKey", notBeforeS: START_UNIX_S - 3_600, expiresAtS: START_UNIX_S + 72 * 3_600, actions: ["unlock", "lock", "drive"] }],
    },
  ],
  steps: [
    { atMs: 0, step: { do: "coverage", of: "shared car", present: false } },
    { atMs: 0, step: { do: "coverage", of: "renter", present: false } },
    { atMs: 26 * HOUR_MS - 120_000, step: { do: "say", text: "the renter is back from the hike" } },
  ],
  expectations: [
    {
      atMs: 26 * HOUR_MS, who: "renter", action: "enter", expect: "in",
      because: "The grant carries its own proof.",
    },
    {
      atMs: 26 * HOUR_MS + 60_000, who: "renter", action: "drive", expect: "drives", reported: "stands",
      because: "No lease needs the network; a grant ends when it says, not when the coverage does.",
    },
  ],
};
