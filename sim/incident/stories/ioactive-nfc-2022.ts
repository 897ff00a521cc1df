import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_661_990_400;

export const IOACTIVE_NFC_2022: Incident = {
  id: "ioactive-nfc-2022",
  date: "2022-09-01",
  place: "a demonstration",
  title: "A relay brings a key card that lies elsewhere to the reader of the car",
  sources: ["IOActive", "SlashGear"],
  facts: [
    "Reported: the exchange between reader and key card, or phone, was forwarded by a relay. The reports give the month; the replay takes its first day.",
    "Set up: the owner is 90 m away with the card; the relay makes each answer 900 ms later, a figure of this replay. In another car the owner taps the card itself.",
    "Set up: the cloud-dependent car waits as long as an answer takes and hears its card over the same radio as its other keys. Latchkey's takes no answer of a card later than 500 ms.",
    "Not prevented: a relay that is faster than the ceiling.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 20 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "card" }], latchkey: [{ kind: "phoneKey" }, { kind: "card" }] },
    { who: "thief", car: "car", baseline: [], latchkey: [] },
    { who: "honest owner", car: "second car", baseline: [{ kind: "card" }], latchkey: [{ kind: "phoneKey" }, { kind: "card" }] },
  ],
  steps: [
    { atMs: 2 * MINUTE_MS, step: { do: "tapCard", who: "owner", addedMs: 900 } },
    { atMs: 8 * MINUTE_MS, step: { do: "walk", who: "honest owner", to: "car" } },
    { atMs: 10 * MINUTE_MS, step: { do: "tapCard", who: "honest owner", addedMs: 0 } },
  ],
  expectations: [
    {
      atMs: 130_000, who: "thief", action: "enter", expect: "out", reported: "in",
      because: "A card that is there answers in time; one that is elsewhere is refused, whatever it proves.",
    },
    {
      atMs: 605_000, who: "second car", action: "locks", expect: "unlocked",
      because: "The same card at the reader itself: the ceiling shuts no owner out.",
    },
  ],
};
