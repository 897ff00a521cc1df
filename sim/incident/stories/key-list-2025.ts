import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_736_928_000;

export const KEY_LIST_2025: Incident = {
  id: "key-list-2025",
  date: "2025-01-15",
  title: "Anybody nearby reads which keys a car has",
  place: "any street",
  sources: ["vehicle-command: https://github.com/teslamotors/vehicle-command/issues/354"],
  facts: [
    "Reported: in January 2025 anybody in radio range could read the list of a car's keys; what it advertised did not change either. The day is not known.",
    "Set up: somebody listens beside two cars for a day; one is used, one only stands there.",
    "Set up: Latchkey advertises a changing identity, and shows nothing of keys to a stranger.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 1500 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "other owner", car: "parked car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 70 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 4_206_000, step: { do: "walk", who: "owner", to: "away" } },
  ],
  expectations: [
    {
      atMs: 60 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "An ordinary visit, overheard.",
    },
    {
      atMs: 1440 * MINUTE_MS, who: "car", action: "tracking", expect: "unlinkable", reported: "tracked",
      because: "The identity is new every few minutes and says nothing without a key.",
    },
    {
      atMs: 1440 * MINUTE_MS, who: "parked car", action: "tracking", expect: "unlinkable",
      because: "Also of a car that nobody visits.",
    },
  ],
};
